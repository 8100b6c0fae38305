using System.Collections.Immutable;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Quantization;

/// <summary>What the configurations of 4-bit codes in groups of inputs share.</summary>
internal static class FourBitGroups
{
    /// <summary>Group sizes that are served; -1 is all inputs.</summary>
    public static ImmutableArray<int> Sizes { get; } = [-1, 32, 64, 128];

    /// <summary>Inputs of a group of a layer.</summary>
    public static int Of(int groupSize, LinearShare share) => groupSize == -1 ? share.InputSize : groupSize;

    /// <summary>Why a rank cannot hold its share.</summary>
    /// <param name="share">Of the layer.</param>
    /// <param name="groupSize">Inputs of a group.</param>
    /// <param name="keepsAllGroups">Whether a rank keeps every group, whatever inputs it has.</param>
    /// <param name="hasPackedOutputs">Whether something is packed along the outputs.</param>
    public static IEnumerable<string> Problems(
        LinearShare share, int groupSize, bool keepsAllGroups, bool hasPackedOutputs = true)
    {
        const string Advice = "lower --tensor-parallel-size";
        var name = share.Parts[0].Name;
        if (share.InputSize % groupSize != 0 || share.InputSize % Nibbles.PerWord != 0)
        {
            yield return $"{name}: expected inputs in groups of {groupSize} and words of {Nibbles.PerWord}, came {share.InputSize}";
            yield break;
        }
        var isOneGroup = share.InputSize == groupSize;
        if (share.InputCount % Nibbles.PerWord != 0 || (!keepsAllGroups && !isOneGroup && share.InputCount % groupSize != 0))
            yield return $"{name}: a rank's {share.InputCount} inputs are not aligned with the quantized weight's groups of "
                + $"{groupSize} and words of {Nibbles.PerWord}; {Advice}";
        foreach (var part in share.Parts.Where(part => hasPackedOutputs && share.OutputsOf(part) % Nibbles.PerWord != 0))
            yield return $"{part.Name}: a rank's {share.OutputsOf(part)} outputs are not aligned with the quantized weight's "
                + $"words of {Nibbles.PerWord}; {Advice}";
    }
}
