namespace Gaudi.Actors.Text.Decoders;

/// <summary>
/// Takes token texts as a stream. Text passed on is final: a stage holds back whatever may still change.
/// </summary>
internal interface ITokenSink
{
    /// <summary>A part of the current token's text.</summary>
    void Write(string text);

    /// <summary>The current token is complete.</summary>
    void EndToken();

    /// <summary>No token follows: everything held back is passed on.</summary>
    void Finish();
}
