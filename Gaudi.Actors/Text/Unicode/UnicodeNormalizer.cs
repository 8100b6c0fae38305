using System.Collections.Frozen;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Gaudi.Actors.Text.Unicode;

/// <summary>
/// The four Unicode normalization forms. `string.Normalize` does nothing under InvariantGlobalization, which this
/// product
/// runs with, so the forms are computed here.
/// </summary>
/// <remarks>Source: Unicode Standard Annex 15; Hangul by arithmetic, chapter 3.12 of the standard.</remarks>
internal static class UnicodeNormalizer
{
    private const int HangulFirst = 0xAC00;
    private const int HangulCount = 11172;
    private const int LeadFirst = 0x1100;
    private const int VowelFirst = 0x1161;
    private const int TrailFirst = 0x11A7;
    private const int VowelCount = 21;
    private const int TrailCount = 28;

    private static readonly FrozenDictionary<int, int> Classes;
    private static readonly FrozenDictionary<int, int[]> Canonical;
    private static readonly FrozenDictionary<int, int[]> Compatible;
    private static readonly FrozenDictionary<(int First, int Second), int> Compositions;

    static UnicodeNormalizer()
    {
        var classes = new Dictionary<int, int>();
        var canonical = new Dictionary<int, int[]>();
        var compatible = new Dictionary<int, int[]>();
        var compositions = new Dictionary<(int First, int Second), int>();
        using var packed = new MemoryStream(Convert.FromBase64String(UnicodeTables.Packed));
        using var reader = new StreamReader(new ZLibStream(packed, CompressionMode.Decompress), Encoding.ASCII);
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split(' ', 3);
            var code = int.Parse(fields[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (fields[1] != "0")
            {
                classes[code] = int.Parse(fields[1], CultureInfo.InvariantCulture);
            }

            if (fields.Length < 3)
            {
                continue;
            }

            var mapping = fields[2][1..].Split(' ')
                .Select(part => int.Parse(part, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray();
            (fields[2][0] == '~' ? compatible : canonical)[code] = mapping;
            if (fields[2][0] == '+')
            {
                compositions[(mapping[0], mapping[1])] = code;
            }
        }

        Classes = classes.ToFrozenDictionary();
        Canonical = canonical.ToFrozenDictionary();
        Compatible = compatible.ToFrozenDictionary();
        Compositions = compositions.ToFrozenDictionary();
    }

    /// <summary>The text in the given form. Text of ASCII only comes back as it is.</summary>
    public static string Normalize(string text, NormalizationForm form)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var isCompatible = form is NormalizationForm.FormKC or NormalizationForm.FormKD;
        var codes = new List<int>(text.Length + 8);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, isCompatible, codes);
        }

        Order(codes);
        if (form is NormalizationForm.FormC or NormalizationForm.FormKC)
        {
            Compose(codes);
        }

        var output = new StringBuilder(text.Length);
        foreach (var code in codes)
        {
            output.Append(new Rune(code).ToString());
        }

        return output.ToString();
    }

    private static int ClassOf(int code) => Classes.GetValueOrDefault(code);

    private static void Decompose(int code, bool isCompatible, List<int> codes)
    {
        var syllable = code - HangulFirst;
        if (syllable is >= 0 and < HangulCount)
        {
            codes.Add(LeadFirst + syllable / (VowelCount * TrailCount));
            codes.Add(VowelFirst + syllable / TrailCount % VowelCount);
            if (syllable % TrailCount != 0)
            {
                codes.Add(TrailFirst + syllable % TrailCount);
            }
        }
        else if (
            Canonical.TryGetValue(code, out var parts) || (isCompatible && Compatible.TryGetValue(code, out parts)))
        {
            foreach (var part in parts)
            {
                Decompose(part, isCompatible, codes);
            }
        }
        else
        {
            codes.Add(code);
        }
    }

    // A stable sort of each run of marks: equal classes keep their order, and a hostile run of thousands stays cheap.
    private static void Order(List<int> codes)
    {
        for (var start = 0; start < codes.Count; start++)
        {
            var end = start;
            while (end < codes.Count && ClassOf(codes[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                var sorted = codes.GetRange(start, end - start).OrderBy(ClassOf).ToList();
                codes.RemoveRange(start, end - start);
                codes.InsertRange(start, sorted);
            }

            start = end;
        }
    }

    private static void Compose(List<int> codes)
    {
        var starter = -1;
        var written = 0;
        var lastClass = -1;
        for (var index = 0; index < codes.Count; index++)
        {
            var code = codes[index];
            var combining = ClassOf(code);
            if (starter >= 0 && lastClass < combining && Pair(codes[starter], code) is { } composed)
            {
                codes[starter] = composed;
                continue;
            }

            if (combining == 0)
            {
                starter = written;
            }

            lastClass = combining == 0 ? -1 : combining;
            codes[written++] = code;
        }

        codes.RemoveRange(written, codes.Count - written);
    }

    private static int? Pair(int first, int second)
    {
        var lead = first - LeadFirst;
        var vowel = second - VowelFirst;
        if (lead is >= 0 and < 19 && vowel is >= 0 and < VowelCount)
        {
            return HangulFirst + (lead * VowelCount + vowel) * TrailCount;
        }

        var syllable = first - HangulFirst;
        var trail = second - TrailFirst;
        if (syllable is >= 0 and < HangulCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
        {
            return first + trail;
        }

        return Compositions.TryGetValue((first, second), out var composed) ? composed : null;
    }
}
