using System.Collections.Immutable;
using System.Text;

namespace Gaudi.Actors.Constraints;

/// <summary>Code points as the bytes that UTF-8 writes them with.</summary>
internal static class Utf8Form
{
    // The largest code point of one byte, of two, of three.
    private static readonly int[] Ends = [0x7F, 0x7FF, 0xFFFF];

    /// <summary>One character of a set.</summary>
    internal static Form Of(CodePoints set)
    {
        var options = ImmutableArray.CreateBuilder<Form>();
        foreach (var (first, last) in set.Ranges)
            Add(first, last, options);
        return Form.Any(options.ToImmutable());
    }

    // Cuts a range until all its characters have the same number of bytes and each byte a range of its own.
    private static void Add(int first, int last, ImmutableArray<Form>.Builder options)
    {
        foreach (var end in Ends)
        {
            if (first <= end && last > end)
            {
                Add(first, end, options);
                Add(end + 1, last, options);
                return;
            }
        }
        for (var bits = 6; bits <= 18; bits += 6)
        {
            var low = (1 << bits) - 1; // The last bytes' bits.
            if ((first & ~low) == (last & ~low))
                continue;
            if ((first & low) != 0)
            {
                Add(first, first | low, options);
                Add((first | low) + 1, last, options);
                return;
            }
            if ((last & low) != low)
            {
                Add(first, (last & ~low) - 1, options);
                Add(last & ~low, last, options);
                return;
            }
        }
        var (from, to) = (BytesOf(first), BytesOf(last));
        options.Add(Form.Of([.. from.Zip(to, Form (one, other) => new Form.Bytes(one, other))]));
    }

    private static byte[] BytesOf(int codePoint) => Encoding.UTF8.GetBytes(new Rune(codePoint).ToString());
}
