using System.Text;

namespace Gaudi.Actors.Text.PreTokenizers;

/// <summary>Cuts at every character of a kind.</summary>
internal sealed class CharacterSplit(Func<Rune, bool> isDelimiter, SplitBehavior behavior) : IPreTokenizer
{
    /// <inheritdoc/>
    public void Split(Piece piece, List<Piece> parts)
    {
        var matches = new List<Range>();
        var at = 0;
        foreach (var rune in piece.Text.EnumerateRunes())
        {
            if (isDelimiter(rune))
            {
                matches.Add(at..(at + rune.Utf16SequenceLength));
            }

            at += rune.Utf16SequenceLength;
        }

        Cuts.Apply(piece, matches, behavior, isInverted: false, parts);
    }
}
