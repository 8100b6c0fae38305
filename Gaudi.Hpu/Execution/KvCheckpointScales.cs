using Gaudi.Hpu.Models;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using Gaudi.Hpu.Quantization;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>The scales a checkpoint gives keys and values: those that calibration found, written for a range of its own.</summary>
/// <remarks>Source: vllm-gaudi, `hpu_compressed_tensors` and `hpu_fp8` (as of 2026-08).</remarks>
internal sealed class KvCheckpointScales
{
    // What a checkpoint's scales were made for, where it is not to be converted for a narrower card.
    private const float UnconvertedMax = 240;

    private readonly Dictionary<(int Layer, string Of), float> _scales;

    private KvCheckpointScales(Dictionary<(int, string), float> scales) => _scales = scales;

    /// <summary>Reads all of them.</summary>
    /// <exception cref="CheckpointException">One is no single number over 0, or there are two for the same.</exception>
    public static KvCheckpointScales Read(ICheckpoint checkpoint)
    {
        var scales = new Dictionary<(int, string), float>();
        foreach (var name in checkpoint.Names)
        {
            if (KvScaleName.Parse(name) is not { IsOfCache: true } parsed)
                continue;
            if (!scales.TryAdd((parsed.Layer, parsed.Of), Value(checkpoint, name)))
                throw new CheckpointException(
                    $"{checkpoint.Folder}: tensor '{name}': expected one {parsed.Of} scale for layer {parsed.Layer}, came a second; "
                    + "remove one of them");
        }
        return new KvCheckpointScales(scales);
    }

    /// <summary>Whether a layer has any.</summary>
    public bool Has(int layer) => Stored(layer) is not null;

    /// <summary>A layer's, for a card's range: what became the end of the range they were made for becomes the end of this one.</summary>
    /// <param name="layer">From 0.</param>
    /// <param name="range">Of the card.</param>
    /// <param name="adjustsScales">Whether the checkpoint was made for e4m3's full range; else it was for the narrower one.</param>
    /// <param name="isShared">Whether values are part of the keys: the larger scale is both's.</param>
    /// <returns>Scales of 1 where the checkpoint has none; where it has one of the two, it is both's.</returns>
    public KvScales Of(int layer, Fp8Range range, bool adjustsScales, bool isShared)
    {
        if (Stored(layer) is not var (key, value))
            return KvScales.Plain(range.Max);
        if (isShared)
            key = value = Math.Max(key, value);
        // Upstream multiplies by the inverse of this when it stores.
        var madeFor = adjustsScales ? E4m3.MaxValue : UnconvertedMax;
        return new KvScales(key * madeFor / range.Max, value * madeFor / range.Max, range.Max);
    }

    private (float Key, float Value)? Stored(int layer)
    {
        float? both = _scales.TryGetValue((layer, "kv"), out var shared) ? shared : null;
        float? key = _scales.TryGetValue((layer, "k"), out var k) ? k : both;
        float? value = _scales.TryGetValue((layer, "v"), out var v) ? v : both;
        return (key ?? value) is { } any ? (key ?? any, value ?? any) : null;
    }

    private static float Value(ICheckpoint checkpoint, string name)
    {
        var tensor = checkpoint.Find(name)!;
        var isFloat = tensor.Dtype is ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16;
        if (!isFloat || !tensor.Shape.All(size => size == 1))
            throw Wrong(checkpoint, name, $"{tensor.Dtype} [{string.Join(", ", tensor.Shape)}]");
        using var scope = NewDisposeScope();
        var value = checkpoint.Read(name, 0, 0, 1).to_type(ScalarType.Float32).reshape(-1).data<float>()[0];
        return value > 1e-30f && value < 1e30f ? value : throw Wrong(checkpoint, name, $"{value}");
    }

    private static CheckpointException Wrong(ICheckpoint checkpoint, string name, string came) => new(
        $"{checkpoint.Folder}: tensor '{name}': expected one scale of the layer's keys or values, a float over 0, came {came}; "
        + "calibrate the checkpoint again, with a scale for each tensor");
}
