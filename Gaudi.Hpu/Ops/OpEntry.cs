namespace Gaudi.Hpu.Ops;

/// <summary>One registration: which class answers for a key, from whom, and what it took the place of.</summary>
/// <param name="Key">The upstream class name.</param>
/// <param name="Type">The class that is built.</param>
/// <param name="Module">The module of the entry point that registered it.</param>
/// <param name="Origin">Who registered it.</param>
/// <param name="Previous">What answered before; null for the in-tree class.</param>
internal sealed record OpEntry(string Key, Type Type, string Module, OpOrigin Origin, OpEntry? Previous)
{
    /// <summary>
    /// The providers it took the place of, newest first, such as `hpu_custom_ops > in-tree`; null when none.
    /// </summary>
    internal string? Chain => Previous is null
        ? null
        : Previous.Chain is { } older ? $"{Previous.Origin.EntryPoint} > {older}" : Previous.Origin.EntryPoint;

    internal string Where => $"{Type.FullName} of {Origin.EntryPoint} ({Origin.Value}, module {Module})";
}
