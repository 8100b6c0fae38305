using System.Collections.Immutable;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>The evaluated arguments of one call.</summary>
internal sealed record Arguments(
    ImmutableArray<object?> Positional, ImmutableArray<(string Name, object? Value)> Named, RenderBudget Budget)
{
    /// <summary>The argument at that place or of that name, or <paramref name="absent"/>.</summary>
    public object? At(int index, string name, object? absent = null)
    {
        if (index < Positional.Length)
        {
            return Positional[index];
        }

        foreach (var (candidate, value) in Named)
        {
            if (candidate == name)
            {
                return value;
            }
        }

        return absent;
    }

    /// <summary>The argument at that place, which must be given.</summary>
    public object? Required(int index, string name) => index < Positional.Length || Named.Any(item => item.Name == name)
        ? At(index, name)
        : throw Budget.Error($"expected an argument `{name}`, got none");

    /// <summary>A text argument, which must be given.</summary>
    public string Text(int index, string name) => Required(index, name) is string text
        ? text
        : throw Budget.Error($"expected text as `{name}`, got {PythonText.TypeName(At(index, name))}");

    /// <summary>A text argument, or <paramref name="absent"/> when it is left out.</summary>
    public string TextOr(int index, string name, string absent) =>
        At(index, name) is null ? absent : Text(index, name);

    /// <summary>A whole number, or <paramref name="absent"/> when it is left out.</summary>
    public long Whole(int index, string name, long absent) => At(index, name) switch
    {
        null => absent,
        long whole => whole,
        bool truth => truth ? 1 : 0,
        var other => throw Budget.Error($"expected a whole number as `{name}`, got {PythonText.TypeName(other)}"),
    };

    /// <summary>The truth of an argument, or <paramref name="absent"/> when it is left out.</summary>
    public bool Flag(int index, string name, bool absent) => PythonValue.IsTrue(At(index, name, absent));
}
