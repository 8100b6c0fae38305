using System.Collections.Immutable;

namespace Gaudi.Actors.Text.PreTokenizers;

/// <summary>Pre-tokenizers one after the other, each cutting the pieces of the one before.</summary>
internal sealed class PreTokenizerSequence(ImmutableArray<IPreTokenizer> steps) : IPreTokenizer
{
    /// <inheritdoc/>
    public void Split(Piece piece, List<Piece> parts)
    {
        var current = new List<Piece> { piece };
        foreach (var step in steps)
        {
            var next = new List<Piece>(current.Count);
            foreach (var part in current)
            {
                step.Split(part, next);
            }

            current = next;
        }

        parts.AddRange(current);
    }
}
