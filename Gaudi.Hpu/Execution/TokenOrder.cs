namespace Gaudi.Hpu.Execution;

/// <summary>Token ids by their logits, largest first; of equal ones, the lowest id first.</summary>
internal static class TokenOrder
{
    private const int DigitBits = 11;
    private const int DigitCount = 1 << DigitBits;

    // Beyond it, sorting everything is quicker than keeping a short list.
    private const int ShortListMax = 256;

    /// <summary>All tokens.</summary>
    public static int[] Descending(ReadOnlySpan<float> logits)
    {
        var tokenIds = new int[logits.Length];
        for (var token = 0; token < tokenIds.Length; token++)
            tokenIds[token] = token;
        return Descending(logits, tokenIds);
    }

    /// <summary>Some tokens.</summary>
    /// <param name="logits">[vocabulary].</param>
    /// <param name="tokenIds">Ascending. Used up.</param>
    public static int[] Descending(ReadOnlySpan<float> logits, int[] tokenIds)
    {
        var keys = new uint[tokenIds.Length];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = DescendingKey(logits[tokenIds[i]]);
        return Sort(keys, tokenIds);
    }

    /// <summary>The first so many tokens of the order, or all where there are fewer.</summary>
    public static int[] Largest(ReadOnlySpan<float> logits, int count)
    {
        count = Math.Min(count, logits.Length);
        if (count > ShortListMax)
            return Descending(logits)[..count];
        var list = new int[count];
        var length = 0;
        for (var token = 0; token < logits.Length && count > 0; token++)
        {
            if (length == count && !(logits[token] > logits[list[length - 1]]))
                continue;
            var place = length == count ? length - 1 : length++;
            for (; place > 0 && logits[token] > logits[list[place - 1]]; place--)
                list[place] = list[place - 1];
            list[place] = token;
        }
        return list;
    }

    // Ascending keys are descending numbers; +0 and -0 are equal.
    private static uint DescendingKey(float logit)
    {
        var bits = BitConverter.SingleToUInt32Bits(logit + 0f);
        return (bits & 0x8000_0000) != 0 ? bits : ~(bits | 0x8000_0000);
    }

    // A radix sort, lowest digits first: equal keys stay in the order of their ids.
    private static int[] Sort(uint[] keys, int[] tokenIds)
    {
        var (nextKeys, nextIds) = (new uint[keys.Length], new int[keys.Length]);
        Span<int> places = stackalloc int[DigitCount];
        for (var shift = 0; shift < 32; shift += DigitBits)
        {
            places.Clear();
            foreach (var key in keys)
                places[(int)(key >> shift) & (DigitCount - 1)]++;
            var before = 0;
            foreach (ref var place in places)
                (place, before) = (before, before + place);
            for (var i = 0; i < keys.Length; i++)
            {
                var place = places[(int)(keys[i] >> shift) & (DigitCount - 1)]++;
                (nextKeys[place], nextIds[place]) = (keys[i], tokenIds[i]);
            }
            (keys, nextKeys, tokenIds, nextIds) = (nextKeys, keys, nextIds, tokenIds);
        }
        return tokenIds;
    }
}
