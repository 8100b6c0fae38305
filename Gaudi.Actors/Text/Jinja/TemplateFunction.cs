namespace Gaudi.Actors.Text.Jinja;

/// <summary>Something a template can call: a global, a bound method or a macro.</summary>
internal sealed class TemplateFunction(string name, Func<Arguments, object?> body)
{
    /// <summary>The name it was defined under.</summary>
    public string Name { get; } = name;

    /// <summary>Runs it.</summary>
    public object? Call(Arguments arguments) => body(arguments);
}
