namespace Gaudi.Actors.Text.Jinja;

/// <summary>Variables by name; what is not here is looked for in the scope around.</summary>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<string, object?> _variables = new(StringComparer.Ordinal);

    /// <summary>Sets a variable of this scope.</summary>
    public void Set(string name, object? value) => _variables[name] = value;

    /// <summary>The variable's value, or undefined.</summary>
    public object? Get(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._variables.TryGetValue(name, out var value))
            {
                return value;
            }
        }

        return new Undefined($"`{name}`");
    }

    private Scope? Outer { get; } = outer;
}
