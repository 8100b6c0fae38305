namespace Gaudi.Actors.Text;

/// <summary>The 256 printable characters that byte-level tokenizers write instead of bytes.</summary>
/// <remarks>Printable Latin-1 stands for itself; the other 68 bytes take U+0100 upwards in byte order (GPT-2,
/// 2019).</remarks>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = MakeCharacters();
    private static readonly short[] Bytes = MakeBytes();

    /// <summary>The character that stands for a byte.</summary>
    public static char CharacterOf(byte value) => Characters[value];

    /// <summary>The text with every UTF-8 byte written as its character.</summary>
    public static string Write(string text)
    {
        var utf8 = System.Text.Encoding.UTF8.GetBytes(text);
        return string.Create(utf8.Length, utf8, static (span, bytes) =>
        {
            for (var index = 0; index < bytes.Length; index++)
            {
                span[index] = Characters[bytes[index]];
            }
        });
    }

    /// <summary>
    /// The bytes a token stands for; a token with any character outside the alphabet stands for its UTF-8.
    /// </summary>
    public static byte[] Read(string token)
    {
        var bytes = new byte[token.Length];
        for (var index = 0; index < token.Length; index++)
        {
            if (token[index] >= Bytes.Length || Bytes[token[index]] < 0)
            {
                return System.Text.Encoding.UTF8.GetBytes(token);
            }

            bytes[index] = (byte)Bytes[token[index]];
        }

        return bytes;
    }

    private static char[] MakeCharacters()
    {
        var characters = new char[256];
        var next = 256;
        for (var value = 0; value < 256; value++)
        {
            var isPrintable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = (char)(isPrintable ? value : next++);
        }

        return characters;
    }

    private static short[] MakeBytes()
    {
        var bytes = new short[Characters.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (var value = 0; value < 256; value++)
        {
            bytes[Characters[value]] = (short)value;
        }

        return bytes;
    }
}
