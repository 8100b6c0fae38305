namespace Gaudi.Hpu.Models;

/// <summary>Python's JSON writes `Infinity`, which JSON has not: such as the time step limit of published Mamba models.</summary>
internal static class PythonNumbers
{
    private static ReadOnlySpan<byte> Infinity => "Infinity"u8;

    private static ReadOnlySpan<byte> Huge => "1e999   "u8; // Read as an infinite number; of Infinity's length.

    /// <summary>The same text, with an infinite number where `Infinity` stands outside a string.</summary>
    /// <param name="text">UTF-8. Changed in place.</param>
    public static byte[] AsJson(byte[] text)
    {
        var isInString = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (isInString && text[i] == (byte)'\\')
                i++;
            else if (text[i] == (byte)'"')
                isInString = !isInString;
            else if (!isInString && text.AsSpan(i).StartsWith(Infinity))
                Huge.CopyTo(text.AsSpan(i));
        }
        return text;
    }
}
