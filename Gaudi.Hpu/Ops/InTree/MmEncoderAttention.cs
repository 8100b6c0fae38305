using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// softmax(q K^T * scale) V over a token's own segment, in float32, rounded once to the query's type. Query head h reads
/// key-value head h / (heads / kvHeads). The segments are honoured by every forward, and the result has one shape.
/// </summary>
/// <remarks>Source: Vaswani et al. 2017, equation 1; Ainslie et al. 2023 for the groups.</remarks>
[OpName("MMEncoderAttention", "mm_encoder_attn")]
public unsafe class MmEncoderAttention(OpSpec spec) : CustomOp<EncoderAttentionForward>(spec)
{
    /// <summary>What it was built from.</summary>
    public new EncoderAttentionSpec Spec { get; } = (EncoderAttentionSpec)spec;

    /// <inheritdoc />
    protected override EncoderAttentionForward ForwardNative => (query, key, value, segmentStarts) =>
    {
        Check(query, key, value, segmentStarts);
        using var scope = NewDisposeScope();
        var q = query.to_type(ScalarType.Float32).contiguous(); // [tokens, heads * headDim]
        var k = key.to_type(ScalarType.Float32).contiguous(); // [tokens, kvHeads * headDim]
        var v = value.to_type(ScalarType.Float32).contiguous(); // [tokens, kvHeads * headDim]
        var y = zeros_like(q); // [tokens, heads * headDim]
        for (var segment = 0; segment + 1 < segmentStarts.Length; segment++)
        {
            for (var row = segmentStarts[segment]; row < segmentStarts[segment + 1]; row++)
                Attend(q, k, v, row, segmentStarts[segment], segmentStarts[segment + 1], y);
        }
        return scope.MoveToOuter(y.to_type(query.dtype));
    };

    /// <summary>Refuses shapes that are not the spec's, and segments that do not ascend from 0 to the tokens.</summary>
    /// <exception cref="InvariantBrokenException">One of them is wrong.</exception>
    protected void Check(Tensor query, Tensor key, Tensor value, ImmutableArray<int> segmentStarts)
    {
        Invariant.That(
            Spec.HeadCount % Spec.KvHeadCount == 0,
            $"{Spec.Prefix}: {Spec.HeadCount} heads over {Spec.KvHeadCount} key-value heads");
        var tokens = query.shape[0];
        var keyShape = new[] { tokens, (long)Spec.KvHeadCount * Spec.HeadDim };
        Invariant.That(
            query.shape.AsSpan().SequenceEqual([tokens, (long)Spec.HeadCount * Spec.HeadDim]),
            $"{Spec.Prefix}: a query of {Spec.HeadCount} heads of {Spec.HeadDim}, not [{string.Join(", ", query.shape)}]");
        Invariant.That(
            key.shape.AsSpan().SequenceEqual(keyShape) && value.shape.AsSpan().SequenceEqual(keyShape),
            $"{Spec.Prefix}: keys and values [{string.Join(", ", keyShape)}], not [{string.Join(", ", key.shape)}] and "
            + $"[{string.Join(", ", value.shape)}]");
        Invariant.That(
            key.dtype == query.dtype && value.dtype == query.dtype,
            $"{Spec.Prefix}: one type, {query.dtype}, not {key.dtype} and {value.dtype}");
        Invariant.That(
            !segmentStarts.IsDefaultOrEmpty && segmentStarts[0] == 0 && segmentStarts[^1] == tokens
                && segmentStarts.Zip(segmentStarts.Skip(1)).All(pair => pair.First < pair.Second),
            $"{Spec.Prefix}: segment starts that ascend from 0 to {tokens}, "
            + $"not [{(segmentStarts.IsDefault ? "" : string.Join(", ", segmentStarts))}]");
    }

    // One token, all heads, over keys first .. end - 1: chains over ascending dimensions and ascending keys.
    private void Attend(Tensor query, Tensor key, Tensor value, int row, int first, int end, Tensor output)
    {
        var (queryWidth, keyWidth) = (Spec.HeadCount * Spec.HeadDim, Spec.KvHeadCount * Spec.HeadDim);
        var scores = new float[end - first]; // [keys]
        for (var head = 0; head < Spec.HeadCount; head++)
        {
            var queryAt = ((long)row * queryWidth) + (head * Spec.HeadDim);
            var headAt = head / (Spec.HeadCount / Spec.KvHeadCount) * Spec.HeadDim;
            var q = (float*)TensorMemory.Pointer(query) + queryAt; // [headDim]
            var y = (float*)TensorMemory.Pointer(output) + queryAt; // [headDim]
            var keys = (float*)TensorMemory.Pointer(key) + headAt; // [tokens], keyWidth apart
            var values = (float*)TensorMemory.Pointer(value) + headAt; // [tokens], keyWidth apart
            for (var j = first; j < end; j++)
            {
                var sum = 0f;
                for (var d = 0; d < Spec.HeadDim; d++)
                    sum += q[d] * keys[((long)j * keyWidth) + d];
                scores[j - first] = sum * Spec.Scale;
            }
            var total = Exponentiate(scores);
            for (var j = first; j < end; j++)
            {
                for (var d = 0; d < Spec.HeadDim; d++)
                    y[d] += scores[j - first] / total * values[((long)j * keyWidth) + d];
            }
        }
    }

    // Scores become e^(score - largest); returns their sum.
    private static float Exponentiate(Span<float> scores)
    {
        var largest = float.NegativeInfinity;
        foreach (var score in scores)
            largest = MathF.Max(largest, score);
        var total = 0f;
        for (var j = 0; j < scores.Length; j++)
        {
            scores[j] = Exponential.Of(scores[j] - largest);
            total += scores[j];
        }
        return total;
    }
}
