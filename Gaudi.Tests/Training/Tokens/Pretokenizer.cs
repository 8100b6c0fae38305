using System.Text.RegularExpressions;

namespace Gaudi.Tests.Training.Tokens;

/// <summary>Cuts text into the words that pairs are merged in; each digit is its own word. Qwen2's pattern.</summary>
public static partial class Pretokenizer
{
    /// <summary>The pattern as it stands in tokenizer.json.</summary>
    public const string Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*" +
        @"|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The words of the text in order; together they are the text.</summary>
    public static IEnumerable<string> Split(string text) => Expression().Matches(text).Select(match => match.Value);

    [GeneratedRegex(Pattern)]
    private static partial Regex Expression();
}
