namespace Gaudi.Actors.Text.PreTokenizers;

/// <summary>Cuts where a pattern matches.</summary>
internal sealed class PatternSplit(TextPattern pattern, SplitBehavior behavior, bool isInverted) : IPreTokenizer
{
    /// <inheritdoc/>
    public void Split(Piece piece, List<Piece> parts) =>
        Cuts.Apply(piece, pattern.Matches(piece.Text), behavior, isInverted, parts);
}
