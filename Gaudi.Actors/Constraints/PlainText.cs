namespace Gaudi.Actors.Constraints;

/// <summary>Characters stand for themselves.</summary>
internal sealed class PlainText : ITextAlphabet
{
    /// <inheritdoc />
    public Form Of(CodePoints set) => Utf8Form.Of(set);
}
