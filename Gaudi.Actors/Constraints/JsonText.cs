using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Gaudi.Actors.Constraints;

/// <summary>Characters inside a JSON string: quotes, backslashes and control characters are escaped, others stand for themselves.</summary>
/// <remarks>Source: RFC 8259, section 7. A character has one spelling here, so a length in characters is a number of parts.</remarks>
internal sealed class JsonText : ITextAlphabet
{
    private const string ShortEscapes = "\"\\\b\f\n\r\t";

    /// <summary>Characters that may stand for themselves.</summary>
    internal static CodePoints Unescaped { get; } = CodePoints.Of((0x20, '!'), ('#', '['), (']', 0x10FFFF));

    /// <inheritdoc />
    public Form Of(CodePoints set)
    {
        var options = ImmutableArray.CreateBuilder<Form>();
        var plain = set.Except(Unescaped.Not());
        if (!plain.IsEmpty)
            options.Add(Utf8Form.Of(plain));
        foreach (var (first, last) in set.Except(Unescaped).Ranges)
            options.AddRange(Enumerable.Range(first, last - first + 1).Select(code => Form.Text(Escaped((char)code))));
        return Form.Any(options.ToImmutable());
    }

    /// <summary>A text as the inside of a JSON string.</summary>
    internal static string Escaped(string text)
    {
        var escaped = new StringBuilder();
        foreach (var character in text)
            escaped.Append(Unescaped.Contains(character) || char.IsSurrogate(character) ? character.ToString() : Escaped(character));
        return escaped.ToString();
    }

    private static string Escaped(char character) => ShortEscapes.IndexOf(character, StringComparison.Ordinal) is var index and >= 0
        ? "\\" + "\"\\bfnrt"[index]
        : "\\u" + ((int)character).ToString("x4", CultureInfo.InvariantCulture);
}
