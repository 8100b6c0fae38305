using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// How one layer's keys and values are kept as float8: code = the nearest to value / scale within the range, value read = code * scale.
/// </summary>
/// <param name="Key">Scale of keys; over 0, its inverse finite.</param>
/// <param name="Value">Scale of values, alike; the keys' where values are part of the keys.</param>
/// <param name="Max">The end of the card's range, a value of e4m3: what lies beyond becomes it.</param>
public sealed record KvScales(float Key, float Value, float Max)
{
    /// <summary>Values as they are.</summary>
    /// <param name="max">The end of the card's range.</param>
    public static KvScales Plain(float max) => new(1, 1, max);

    /// <summary>Fails where a code could become no number.</summary>
    internal void Check() => Invariant.That(
        Key > 0 && Value > 0 && float.IsFinite(1 / Key) && float.IsFinite(1 / Value) && Max is > 0 and <= E4m3.MaxValue,
        $"scales {Key} of keys and {Value} of values within {Max}");
}
