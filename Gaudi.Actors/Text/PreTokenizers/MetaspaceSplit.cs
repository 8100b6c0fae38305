namespace Gaudi.Actors.Text.PreTokenizers;

/// <summary>Writes spaces as a visible character and begins a piece at each.</summary>
internal sealed class MetaspaceSplit(char replacement, PrefixScheme scheme, bool isSplitting) : IPreTokenizer
{
    private readonly TextPattern _mark = TextPattern.Literal(replacement.ToString());

    /// <summary>Reads a `Metaspace` section; the old field `add_prefix_space` stands for the scheme.</summary>
    public static MetaspaceSplit Read(JsonSection section) => new(
        section["replacement"].Character(),
        PrefixSchemes.Read(section),
        section["split"].Flag(absent: true));

    /// <inheritdoc/>
    public void Split(Piece piece, List<Piece> parts)
    {
        var text = piece.Text.Replace(' ', replacement);
        var isPrefixed = scheme == PrefixScheme.Always || (scheme == PrefixScheme.First && piece.IsAtStart);
        if (isPrefixed && !text.StartsWith(replacement))
        {
            text = replacement + text;
        }

        var marked = piece with { Text = text };
        if (isSplitting)
        {
            Cuts.Apply(marked, _mark.Matches(text), SplitBehavior.MergedWithNext, isInverted: false, parts);
        }
        else
        {
            parts.Add(marked);
        }
    }
}
