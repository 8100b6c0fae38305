using System.Globalization;

namespace Gaudi.Actors.Constraints;

/// <summary>The sets of characters of an expression: escapes and classes in brackets. ECMAScript's, over ASCII.</summary>
internal static class RegexClasses
{
    private static readonly CodePoints Digits = CodePoints.Of(('0', '9'));
    private static readonly CodePoints Words = CodePoints.Of(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'));
    private static readonly CodePoints Spaces = CodePoints.Of(('\t', '\r'), (' ', ' '));

    /// <summary>What a point stands for: all but the ends of lines.</summary>
    internal static CodePoints AnyOfALine { get; } = CodePoints.Of(('\n', '\n'), ('\r', '\r'), (0x2028, 0x2029)).Not();

    /// <summary>The set of an escape; the backslash has been taken.</summary>
    internal static CodePoints Escape(RegexCursor cursor, bool isInClass)
    {
        var code = cursor.Take();
        return code switch
        {
            'd' => Digits,
            'D' => Digits.Not(),
            'w' => Words,
            'W' => Words.Not(),
            's' => Spaces,
            'S' => Spaces.Not(),
            'n' => CodePoints.One('\n'),
            'r' => CodePoints.One('\r'),
            't' => CodePoints.One('\t'),
            'f' => CodePoints.One('\f'),
            'v' => CodePoints.One('\v'),
            '0' => CodePoints.One(0),
            'b' when isInClass => CodePoints.One('\b'),
            'x' => CodePoints.One(Hex(cursor, 2)),
            'u' => CodePoints.One(Unicode(cursor)),
            >= '1' and <= '9' => throw cursor.Fault("has a back-reference"),
            'b' or 'B' or 'A' or 'z' or 'Z' or 'G' => throw cursor.Fault($"has `\\{(char)code}`, a place without a character"),
            'k' => throw cursor.Fault("has a back-reference"),
            'p' or 'P' => throw cursor.Fault(@"has a Unicode class (\p)"),
            _ when code < 128 && char.IsAsciiLetterOrDigit((char)code) => throw cursor.Fault($"has an unknown escape `\\{(char)code}`"),
            _ => CodePoints.One(code),
        };
    }

    /// <summary>The set of a class; the bracket that opens it has been taken.</summary>
    internal static CodePoints Class(RegexCursor cursor)
    {
        var isNegated = cursor.TryTake("^");
        var set = CodePoints.Of();
        while (!cursor.TryTake("]"))
        {
            if (cursor.Next == '[' && IsNamed(cursor))
                throw cursor.Fault("has a named class as [:alpha:]");
            var first = Member(cursor);
            var place = cursor.Place;
            if (cursor.TryTake("-") && cursor.Next != ']')
            {
                var last = Member(cursor);
                set = set.Or(Range(cursor, first, last));
                continue;
            }
            cursor.Return(place);
            set = set.Or(first);
        }
        return isNegated ? set.Not() : set;
    }

    private static CodePoints Member(RegexCursor cursor) =>
        cursor.TryTake("\\") ? Escape(cursor, isInClass: true) : CodePoints.One(cursor.Take());

    private static CodePoints Range(RegexCursor cursor, CodePoints first, CodePoints last)
    {
        if (!IsOne(first) || !IsOne(last) || first.Ranges[0].First > last.Ranges[0].First)
            throw cursor.Fault("has a class whose range does not go from a character to a later one");
        return CodePoints.Of((first.Ranges[0].First, last.Ranges[0].First));
    }

    private static bool IsOne(CodePoints set) => set.Ranges is [var only] && only.First == only.Last;

    private static bool IsNamed(RegexCursor cursor)
    {
        var place = cursor.Place;
        var isNamed = cursor.TryTake("[:");
        cursor.Return(place);
        return isNamed;
    }

    private static int Unicode(RegexCursor cursor)
    {
        if (cursor.TryTake("{"))
        {
            var code = 0;
            while (!cursor.TryTake("}"))
            {
                code = (code * 16) + HexDigit(cursor);
                if (code > 0x10FFFF)
                    throw cursor.Fault("has an escape over U+10FFFF");
            }
            return code;
        }
        var first = Hex(cursor, 4);
        if (!char.IsHighSurrogate((char)first))
            return first;
        return cursor.TryTake("\\u") && Hex(cursor, 4) is var second && char.IsLowSurrogate((char)second)
            ? char.ConvertToUtf32((char)first, (char)second)
            : throw cursor.Fault("has half of a surrogate pair");
    }

    private static int Hex(RegexCursor cursor, int digitCount)
    {
        var code = 0;
        for (var i = 0; i < digitCount; i++)
            code = (code * 16) + HexDigit(cursor);
        return code;
    }

    private static int HexDigit(RegexCursor cursor) =>
        int.TryParse($"{(char)Math.Min(cursor.Take(), 0x7F)}", NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var digit)
            ? digit
            : throw cursor.Fault("has an escape without its hexadecimal digits");
}
