using System.Collections.Immutable;

namespace Gaudi.Actors.Constraints;

/// <summary>What texts a constraint allows, as an expression over bytes. Immutable, but for the bodies of rules.</summary>
internal abstract record Form
{
    /// <summary>The empty text.</summary>
    internal static Form Empty { get; } = new Sequence([]);

    /// <summary>No text at all.</summary>
    internal static Form Never { get; } = new Choice([]);

    /// <summary>One byte of a range.</summary>
    /// <param name="First">Smallest.</param>
    /// <param name="Last">Largest; not under the first.</param>
    internal sealed record Bytes(byte First, byte Last) : Form;

    /// <summary>One after another.</summary>
    /// <param name="Parts">In order. Without any it is the empty text.</param>
    internal sealed record Sequence(ImmutableArray<Form> Parts) : Form;

    /// <summary>Any of some.</summary>
    /// <param name="Options">None allows nothing.</param>
    internal sealed record Choice(ImmutableArray<Form> Options) : Form;

    /// <summary>The same again and again.</summary>
    /// <param name="Part">What.</param>
    /// <param name="Least">Times at least.</param>
    /// <param name="Most">Times at most; null sets no limit.</param>
    internal sealed record Repeat(Form Part, int Least, int? Most) : Form;

    /// <summary>What a rule allows: shared, and perhaps recursive.</summary>
    /// <param name="Rule">Which.</param>
    internal sealed record Call(FormRule Rule) : Form;

    /// <summary>These one after another.</summary>
    internal static Form Of(params ImmutableArray<Form> parts) => parts.Length == 1 ? parts[0] : new Sequence(parts);

    /// <summary>Any of these.</summary>
    internal static Form Any(params ImmutableArray<Form> options) => options.Length == 1 ? options[0] : new Choice(options);

    /// <summary>This or nothing.</summary>
    internal static Form Optional(Form part) => new Repeat(part, 0, 1);

    /// <summary>Exactly this text.</summary>
    internal static Form Text(string text) => new Sequence(
        [.. System.Text.Encoding.UTF8.GetBytes(text).Select(one => new Bytes(one, one))]);
}
