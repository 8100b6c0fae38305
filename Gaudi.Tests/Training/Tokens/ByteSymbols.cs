using System.Collections.Immutable;
using System.Text;

namespace Gaudi.Tests.Training.Tokens;

/// <summary>GPT-2's printable character for each byte, so that byte strings can stand in JSON.</summary>
/// <remarks>Source: openai/gpt-2, encoder.py, bytes_to_unicode.</remarks>
public static class ByteSymbols
{
    /// <summary>The character that stands for each byte, by byte.</summary>
    public static ImmutableArray<char> Characters { get; } = MakeCharacters();

    private static readonly Dictionary<char, byte> Bytes =
        Enumerable.Range(0, 256).ToDictionary(value => Characters[value], value => (byte)value);

    /// <summary>The text's UTF-8 bytes as symbols.</summary>
    public static string FromText(string text) =>
        string.Concat(Encoding.UTF8.GetBytes(text).Select(value => Characters[value]));

    /// <summary>The bytes the symbols stand for.</summary>
    public static byte[] ToBytes(string symbols) => symbols.Select(symbol => Bytes[symbol]).ToArray();

    private static ImmutableArray<char> MakeCharacters()
    {
        var characters = new char[256];
        var spare = 256;
        for (var value = 0; value < 256; value++)
        {
            var isPrintable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = (char)(isPrintable ? value : spare++);
        }

        return [.. characters];
    }
}
