namespace Gaudi.Actors.Text.PreTokenizers;

/// <summary>Cuts one piece of text into smaller ones; the model never merges across a cut.</summary>
internal interface IPreTokenizer
{
    /// <summary>Appends the parts of <paramref name="piece"/>, in order. Empty parts may be among them.</summary>
    void Split(Piece piece, List<Piece> parts);
}
