using Gaudi.Hpu.GaudiPlugin.Kernels;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.GaudiPlugin.Ops;

/// <summary>
/// Experts over tiles of tokens: each expert computes all its tokens of a tile in one product. With few tokens only the
/// chosen experts are looked at. Tiles, slices and the choice between the two ways change no bit.
/// </summary>
/// <remarks>Source: op modules 4.3, dense and gather paths.</remarks>
internal sealed unsafe class ExpertForward(FusedMoeSpec spec, ExpertWeights weights, int shardCount)
{
    /// <summary>How many forwards looked at the chosen experts alone.</summary>
    public long GatherCount { get; private set; }

    /// <summary>How many forwards went through every expert.</summary>
    public long DenseCount { get; private set; }

    /// <summary>What this rank's experts add up to.</summary>
    /// <param name="x">[tokens, hidden]. Not changed.</param>
    /// <param name="choices">Of the same tokens.</param>
    /// <param name="role">Of every token.</param>
    /// <returns>[tokens, hidden], float32; the caller disposes it.</returns>
    public Tensor Sums(Tensor x, ExpertChoices choices, TokenRole role)
    {
        using var scope = NewDisposeScope();
        var tokenCount = (int)x.shape[0];
        var wide = x.to_type(ScalarType.Float32).contiguous(); // [tokens, hidden]
        var sums = empty([tokenCount, spec.HiddenSize], ScalarType.Float32, x.device); // [tokens, hidden]
        var isGather = IsGather(tokenCount);
        if (isGather)
            GatherCount++;
        else
            DenseCount++;
        var tile = new ExpertTile(spec, weights, shardCount, Math.Clamp(tokenCount, 1, ExpertTile.TokenCountMax));
        for (var first = 0; first < tokenCount; first += ExpertTile.TokenCountMax)
        {
            var offset = (long)first * spec.HiddenSize;
            var count = Math.Min(ExpertTile.TokenCountMax, tokenCount - first);
            tile.Begin((float*)TensorMemory.Pointer(wide) + offset, count);
            if (isGather)
                AddRuns(tile, ExpertPlan.Gather(spec, choices, first, count), role);
            else
                AddSlices(tile, choices, first, count, role);
            tile.End((float*)TensorMemory.Pointer(sums) + offset);
        }
        return scope.MoveToOuter(sums);
    }

    /// <summary>Whether so many tokens choose fewer experts than this rank has, and are few enough.</summary>
    private bool IsGather(int tokenCount) =>
        tokenCount <= spec.GatherTokensMax && (long)tokenCount * spec.TopK < spec.OwnExpertCount;

    private void AddSlices(ExpertTile tile, ExpertChoices choices, int firstToken, int tokenCount, TokenRole role)
    {
        var sliceSize = Math.Min(spec.ExpertsPerSlice ?? spec.OwnExpertCount, spec.OwnExpertCount);
        for (var first = 0; first < spec.OwnExpertCount; first += sliceSize)
        {
            var count = Math.Min(sliceSize, spec.OwnExpertCount - first);
            AddRuns(tile, ExpertPlan.Dense(choices, firstToken, tokenCount, spec.FirstExpert + first, count), role);
        }
    }

    private static void AddRuns(ExpertTile tile, ReadOnlySpan<ExpertToken> served, TokenRole role)
    {
        while (!served.IsEmpty)
        {
            var count = 1;
            while (count < served.Length && served[count].Expert == served[0].Expert)
                count++;
            tile.Add(served[..count], role);
            served = served[count..];
        }
    }
}
