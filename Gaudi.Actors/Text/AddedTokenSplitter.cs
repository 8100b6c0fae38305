using System.Collections.Immutable;
using System.Globalization;

namespace Gaudi.Actors.Text;

/// <summary>Cuts added tokens out of text: the leftmost match wins, and of several there the longest.</summary>
internal sealed class AddedTokenSplitter
{
    private readonly Dictionary<char, ImmutableArray<(string Pattern, AddedToken Token)>> _byFirstCharacter;

    /// <summary>Splits by the given patterns; an empty pattern never matches.</summary>
    public AddedTokenSplitter(IEnumerable<(string Pattern, AddedToken Token)> tokens) =>
        _byFirstCharacter = tokens
            .Where(entry => entry.Pattern.Length > 0)
            .GroupBy(entry => entry.Pattern[0])
            .ToDictionary(
                group => group.Key,
                group => group.OrderByDescending(entry => entry.Pattern.Length).ToImmutableArray());

    /// <summary>
    /// Appends the piece to <paramref name="pieces"/>, cut at every added token; empty parts are left out.
    /// </summary>
    public void Split(Piece piece, List<Piece> pieces)
    {
        var text = piece.Text;
        var done = 0;
        var at = 0;
        while (at < text.Length)
        {
            if (Match(text, at) is not { } found)
            {
                at++;
                continue;
            }

            var start = at;
            var end = at + found.Pattern.Length;
            at = end;
            if (found.Token.IsSingleWord && (EndsInWord(text.AsSpan(0, start)) || BeginsWithWord(text.AsSpan(end))))
            {
                continue;
            }

            if (found.Token.StripsLeft)
            {
                start = Math.Max(done, text.AsSpan(0, start).TrimEnd().Length);
            }

            if (found.Token.StripsRight)
            {
                end = text.Length - text.AsSpan(end).TrimStart().Length;
            }

            Append(piece, done, Math.Max(start, done), pieces);
            pieces.Add(piece.Cut(Math.Max(start, done), end) with { TokenId = found.Token.Id });
            done = end;
            at = Math.Max(at, end);
        }

        Append(piece, done, text.Length, pieces);
    }

    private static void Append(Piece piece, int start, int end, List<Piece> pieces)
    {
        if (start < end)
        {
            pieces.Add(start == 0 && end == piece.Text.Length ? piece : piece.Cut(start, end));
        }
    }

    private (string Pattern, AddedToken Token)? Match(string text, int at)
    {
        if (!_byFirstCharacter.TryGetValue(text[at], out var candidates))
        {
            return null;
        }

        foreach (var candidate in candidates)
        {
            if (text.AsSpan(at).StartsWith(candidate.Pattern, StringComparison.Ordinal))
            {
                return candidate;
            }
        }

        return null;
    }

    private static bool EndsInWord(ReadOnlySpan<char> text) =>
        System.Text.Rune.DecodeLastFromUtf16(text, out var rune, out _) == System.Buffers.OperationStatus.Done
        && IsWord(rune);

    private static bool BeginsWithWord(ReadOnlySpan<char> text) =>
        System.Text.Rune.DecodeFromUtf16(text, out var rune, out _) == System.Buffers.OperationStatus.Done
        && IsWord(rune);

    private static bool IsWord(System.Text.Rune rune) => System.Text.Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation;
}
