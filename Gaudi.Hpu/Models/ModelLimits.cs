using Gaudi.Hpu.Ops.Kernels;

namespace Gaudi.Hpu.Models;

/// <summary>What this runtime can build of what a configuration may ask.</summary>
internal static class ModelLimits
{
    /// <summary>Refuses what cannot be built, every reason at once.</summary>
    /// <param name="config">What the model folder says.</param>
    /// <param name="worldSize">Ranks it is to be split over.</param>
    /// <param name="maxModelLen">Longest sequence to be served, in tokens.</param>
    /// <exception cref="CheckpointException">At least one reason.</exception>
    public static void Check(ModelConfig config, int worldSize, int maxModelLen)
    {
        var problems = Problems(config, worldSize, maxModelLen).ToArray();
        if (problems.Length > 0)
            throw new CheckpointException(
                $"this {config.Architecture} cannot be served: {string.Join("; ", problems)}");
    }

    /// <summary>Refuses what this model cannot be used for, every reason at once.</summary>
    /// <param name="config">What the model folder says.</param>
    /// <param name="worldSize">Ranks it is to be split over.</param>
    /// <param name="verifiesDrafts">Whether steps will verify drafts, whoever proposes them.</param>
    /// <param name="isExpertParallel">Whether ranks share mixtures by whole experts.</param>
    /// <exception cref="CheckpointException">At least one reason.</exception>
    public static void CheckUse(ModelConfig config, int worldSize, bool verifiesDrafts, bool isExpertParallel)
    {
        var problems = new List<string>();
        if (verifiesDrafts && HasStates(config))
            problems.Add("its layers keep states, which cannot be taken back where a draft does not stand; leave --speculative-config out");
        if (isExpertParallel && config.Moe is { } moe && moe.ExpertCount % worldSize != 0)
            problems.Add(
                $"{moe.ExpertCount} experts cannot be divided over --tensor-parallel-size {worldSize}; leave --enable-expert-parallel out");
        if (problems.Count > 0)
            throw new CheckpointException($"this {config.Architecture} cannot be served so: {string.Join("; ", problems)}");
    }

    /// <summary>Refuses a draft model that this target cannot be drafted for with, every reason at once.</summary>
    /// <param name="folder">The draft's, for the message.</param>
    /// <param name="draft">What it says. Every rank loads it whole.</param>
    /// <param name="target">What the target's folder says.</param>
    /// <param name="maxModelLen">Longest sequence to be served, in tokens: the draft reads all of it.</param>
    /// <exception cref="CheckpointException">At least one reason.</exception>
    public static void CheckDraft(string folder, ModelConfig draft, ModelConfig target, int maxModelLen)
    {
        var problems = Problems(draft, worldSize: 1, maxModelLen).ToList();
        if (draft.VocabularySize != target.VocabularySize)
            problems.Add(
                $"a draft model must have the target's vocabulary of {target.VocabularySize} tokens, but it has "
                + $"{draft.VocabularySize}; choose a draft made for this model");
        if (HasStates(draft))
            problems.Add("its layers keep states, which cannot be taken back where a draft does not stand; choose a draft that attends");
        if (problems.Count > 0)
            throw new CheckpointException($"{folder} cannot be the draft model: {string.Join("; ", problems)}");
    }

    private static bool HasStates(ModelConfig config) => config.Mamba is not null;

    private static IEnumerable<string> Problems(ModelConfig config, int worldSize, int maxModelLen)
    {
        if (worldSize is < 1 or > SummationShards.Count || SummationShards.Count % worldSize != 0)
            yield return $"--tensor-parallel-size must be 1, 2, 4 or 8, not {worldSize}";
        else
        {
            foreach (var (count, what) in ModelFamilies.Of(config).Splits(config))
            {
                if (count % worldSize != 0)
                    yield return $"{count} {what} cannot be divided over --tensor-parallel-size {worldSize}; "
                        + $"choose one of {string.Join(", ", WorldSizes(config))}";
            }
        }
        if (maxModelLen < 1 || maxModelLen > config.PositionsMax)
            yield return $"--max-model-len must be 1 to the model's {config.PositionsMax} positions, "
                + $"not {maxModelLen}";
        else if (config.HasRotary && (long)maxModelLen * config.TurningDim > Array.MaxLength)
            yield return $"--max-model-len must be at most {Array.MaxLength / config.TurningDim}, which a rotary table can hold, "
                + $"not {maxModelLen}";
        if (!config.IsQuantizationBuilt)
            yield return $"its weights are quantized by {config.QuantizationMethod}, which is not built yet; supported: "
                + $"{string.Join(", ", ModelConfig.SupportedQuantizations)}; use one of those, or an unquantized checkpoint";
    }

    private static IEnumerable<int> WorldSizes(ModelConfig config) => new[] { 1, 2, 4, 8 }.Where(size =>
        ModelFamilies.Of(config).Splits(config).All(one => one.Count % size == 0));
}
