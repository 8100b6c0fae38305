namespace Gaudi.Actors.Text.PreTokenizers;

/// <summary>Cuts words as GPT-2 does (if asked) and writes every byte as its printable character.</summary>
internal sealed class ByteLevelSplit(bool addsPrefixSpace, bool usesRegex) : IPreTokenizer
{
    private static readonly Lazy<TextPattern> Words = new(() => TextPattern.Expression(
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"));

    /// <inheritdoc/>
    public void Split(Piece piece, List<Piece> parts)
    {
        if (addsPrefixSpace && !piece.Text.StartsWith(' '))
        {
            piece = piece with { Text = " " + piece.Text };
        }

        var first = parts.Count;
        if (usesRegex)
        {
            Cuts.Apply(piece, Words.Value.Matches(piece.Text), SplitBehavior.Isolated, isInverted: false, parts);
        }
        else
        {
            parts.Add(piece);
        }

        for (var index = first; index < parts.Count; index++)
        {
            parts[index] = parts[index] with { Text = ByteAlphabet.Write(parts[index].Text) };
        }
    }
}
