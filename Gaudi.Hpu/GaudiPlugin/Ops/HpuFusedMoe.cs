using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>
/// Experts over tiles of tokens: each expert computes all its tokens of a tile in one product. With few tokens only the
/// chosen experts are looked at. Tiles, slices and the choice between the two ways change no bit.
/// </summary>
/// <remarks>Source: op modules 4.3, dense and gather paths.</remarks>
public sealed unsafe class HpuFusedMoe(OpSpec spec) : FusedMoe(spec)
{
    /// <summary>How many forwards looked at the chosen experts alone.</summary>
    public long GatherCount { get; private set; }

    /// <summary>How many forwards went through every expert.</summary>
    public long DenseCount { get; private set; }

    /// <inheritdoc />
    protected override FusedMoeForward ForwardOutOfTree => (x, routed, _) =>
    {
        Check(x, routed);
        using var scope = NewDisposeScope();
        var choices = new ExpertChoices(Spec, routed);
        var tokenCount = (int)x.shape[0];
        var wide = x.to_type(ScalarType.Float32).contiguous(); // [tokens, hidden]
        var sums = empty([tokenCount, Spec.HiddenSize], ScalarType.Float32, x.device); // [tokens, hidden]
        var isGather = IsGather(tokenCount);
        if (isGather)
            GatherCount++;
        else
            DenseCount++;
        var tile = new ExpertTile(
            Spec, Weights, InnerBoundaries, Math.Clamp(tokenCount, 1, ExpertTile.TokenCountMax));
        for (var first = 0; first < tokenCount; first += ExpertTile.TokenCountMax)
        {
            var offset = (long)first * Spec.HiddenSize;
            var count = Math.Min(ExpertTile.TokenCountMax, tokenCount - first);
            tile.Begin((float*)TensorMemory.Pointer(wide) + offset, count);
            if (isGather)
                AddRuns(tile, ExpertPlan.Gather(Spec, choices, first, count));
            else
                AddSlices(tile, choices, first, count);
            tile.End((float*)TensorMemory.Pointer(sums) + offset);
        }
        return scope.MoveToOuter(Finish(sums, choices));
    };

    /// <summary>Whether so many tokens choose fewer experts than this rank has, and are few enough.</summary>
    private bool IsGather(int tokenCount) =>
        tokenCount <= Spec.GatherTokensMax && (long)tokenCount * Spec.TopK < Spec.OwnExpertCount;

    private void AddSlices(ExpertTile tile, ExpertChoices choices, int firstToken, int tokenCount)
    {
        var sliceSize = Math.Min(Spec.ExpertsPerSlice ?? Spec.OwnExpertCount, Spec.OwnExpertCount);
        for (var first = 0; first < Spec.OwnExpertCount; first += sliceSize)
        {
            var count = Math.Min(sliceSize, Spec.OwnExpertCount - first);
            AddRuns(tile, ExpertPlan.Dense(choices, firstToken, tokenCount, Spec.FirstExpert + first, count));
        }
    }

    private static void AddRuns(ExpertTile tile, ReadOnlySpan<ExpertToken> served)
    {
        while (!served.IsEmpty)
        {
            var count = 1;
            while (count < served.Length && served[count].Expert == served[0].Expert)
                count++;
            tile.Add(served[..count]);
            served = served[count..];
        }
    }
}
