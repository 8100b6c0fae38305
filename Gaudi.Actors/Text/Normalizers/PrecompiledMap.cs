using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Gaudi.Actors.Text.Normalizers;

/// <summary>
/// SentencePiece's compiled character map: a double-array trie over UTF-8 and the texts it points to.
/// </summary>
/// <remarks>Layout: trie bytes count (u32), trie units (u32 each), then zero-ended texts; all little-endian.</remarks>
internal sealed class PrecompiledMap : INormalizer
{
    // Longer groups of characters are looked up character by character only.
    private const int GroupBytesMax = 5;
    private readonly uint[] _units;
    private readonly byte[] _texts;

    private PrecompiledMap(uint[] units, byte[] texts)
    {
        _units = units;
        _texts = texts;
    }

    /// <summary>Reads the base64 text of `precompiled_charsmap`; an absent one changes nothing.</summary>
    public static INormalizer Read(JsonSection section)
    {
        if (section.IsNull || section.Text().Length == 0)
        {
            return new NormalizerSequence([]);
        }

        var bytes = new byte[section.Text().Length];
        if (!Convert.TryFromBase64String(section.Text(), bytes, out var byteCount) || byteCount < 4)
        {
            throw section.Wrong("base64 of a compiled character map");
        }

        var trieBytes = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (trieBytes % 4 != 0 || trieBytes > byteCount - 4)
        {
            throw section.Wrong($"a trie that fits into the {byteCount} bytes of the map");
        }

        var units = new uint[trieBytes / 4];
        for (var index = 0; index < units.Length; index++)
        {
            units[index] = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4 + index * 4));
        }

        return new PrecompiledMap(units, bytes[(4 + (int)trieBytes)..byteCount]);
    }

    /// <inheritdoc/>
    public string Normalize(string text)
    {
        var output = new StringBuilder(text.Length);
        for (var groups = StringInfo.GetTextElementEnumerator(text); groups.MoveNext();)
        {
            var group = groups.GetTextElement();
            if (Encoding.UTF8.GetByteCount(group) <= GroupBytesMax && Lookup(group) is { } whole)
            {
                output.Append(whole);
                continue;
            }

            foreach (var rune in group.EnumerateRunes())
            {
                output.Append(Lookup(rune.ToString()) ?? rune.ToString());
            }
        }

        return output.ToString();
    }

    // The shortest key that begins the text decides, as in the reference implementation.
    private string? Lookup(string text)
    {
        var node = 0u;
        if (_units.Length == 0)
        {
            return null;
        }

        node ^= Offset(_units[0]);
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            node ^= value;
            if (value == 0 || node >= _units.Length || (_units[node] & 0x800000FFu) != value)
            {
                return null;
            }

            var unit = _units[node];
            node ^= Offset(unit);
            if (((unit >> 8) & 1) == 1 && node < _units.Length)
            {
                return TextAt((int)(_units[node] & 0x7FFFFFFFu));
            }
        }

        return null;
    }

    private string? TextAt(int start)
    {
        if (start >= _texts.Length)
        {
            return null;
        }

        var end = Array.IndexOf(_texts, (byte)0, start);
        return Encoding.UTF8.GetString(_texts, start, (end < 0 ? _texts.Length : end) - start);
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
