namespace Gaudi.Actors.Text;

/// <summary>A stretch of the text on its way to the model.</summary>
/// <param name="Text">The stretch, as changed so far.</param>
/// <param name="TokenId">Set when the stretch is an added token; such a piece is not cut again.</param>
/// <param name="IsAtStart">True when it began at the first character of the whole text.</param>
internal readonly record struct Piece(string Text, int? TokenId, bool IsAtStart)
{
    /// <summary>A part of this piece from <paramref name="start"/> on.</summary>
    public Piece Cut(int start, int end) => new(Text[start..end], null, IsAtStart && start == 0);
}
