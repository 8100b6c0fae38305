namespace Gaudi.Actors.Text;

/// <summary>A token that is cut out of the text before the model sees it.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Content">Text as written in the vocabulary.</param>
/// <param name="IsSpecial">Left out of decoded text on request.</param>
/// <param name="IsSingleWord">Found only where no word character touches it.</param>
/// <param name="StripsLeft">Swallows the white space before it.</param>
/// <param name="StripsRight">Swallows the white space after it.</param>
/// <param name="IsNormalized">Looked for in the normalized text; otherwise in the text as given.</param>
internal sealed record AddedToken(
    int Id,
    string Content,
    bool IsSpecial,
    bool IsSingleWord,
    bool StripsLeft,
    bool StripsRight,
    bool IsNormalized)
{
    /// <summary>Reads one element of `added_tokens`.</summary>
    public static AddedToken Read(JsonSection section)
    {
        var isSpecial = section["special"].Flag(absent: false);
        return new AddedToken(
            section["id"].TokenId(),
            section["content"].Text(),
            isSpecial,
            section["single_word"].Flag(absent: false),
            section["lstrip"].Flag(absent: false),
            section["rstrip"].Flag(absent: false),
            section["normalized"].Flag(absent: !isSpecial));
    }
}
