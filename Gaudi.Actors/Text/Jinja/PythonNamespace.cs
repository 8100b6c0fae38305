namespace Gaudi.Actors.Text.Jinja;

/// <summary>What `namespace()` gives: attributes that `set` may change from any scope.</summary>
internal sealed class PythonNamespace
{
    /// <summary>The attributes by name.</summary>
    public Dictionary<string, object?> Attributes { get; } = new(StringComparer.Ordinal);
}
