using System.Collections.Immutable;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Models;

namespace Gaudi.Hpu.Platforms;

/// <summary>What a rank's platform makes of the model that is about to be loaded: fitted settings, or a refusal.</summary>
/// <param name="Settings">What the rank loads: as asked, with what the platform changed.</param>
/// <param name="Attention">Which attention runs.</param>
/// <param name="Changes">Everything the platform changed, and why.</param>
/// <param name="Lines">For a log: what was chosen, then what was changed.</param>
public sealed record ModelFit(
    ModelRunnerSettings Settings, AttentionChoice Attention, ImmutableArray<PlatformChange> Changes,
    ImmutableArray<string> Lines)
{
    /// <summary>Asks the platform. Reads config.json and the checkpoint's headers, no weights.</summary>
    /// <param name="platform">The process's.</param>
    /// <param name="asked">What the user set. Block size, dtype and quantization are the model's.</param>
    /// <param name="model">What the rank is told to load.</param>
    /// <param name="lane">What ranks talk to each other through.</param>
    /// <exception cref="PlatformException">The platform cannot run it, or wants what this build has not.</exception>
    /// <exception cref="CheckpointException">The folder cannot be read.</exception>
    public static ModelFit Of(Platform platform, PlatformConfig asked, ModelRunnerSettings model, ICollective lane)
    {
        var found = ModelConfig.Read(model.ModelFolder);
        asked = asked with
        {
            BlockSizeTokens = model.BlockSizeTokens,
            Dtype = IsLoadable(platform, found) ? DtypeInForce(model, found) : model.Dtype,
            Quantization = found.QuantizationMethod,
            SpeculativeDecoding = asked.SpeculativeDecoding || model.Draft is not null,
        };
        var check = platform.CheckConfig(asked);
        // A window only hides some blocks; no architecture that this build has chooses the positions it attends to.
        var needs = new AttentionNeeds(UsesMla: found.Mla is not null);
        var attention = platform.ChooseAttention(needs);
        ImmutableArray<string> problems =
        [
            .. check.Problems, .. OfPlan(platform, asked, check), .. OfAttention(platform, needs, attention),
            .. OfClasses(platform, check.Config, lane),
        ];
        if (problems.Length > 0)
            throw new PlatformException(string.Join("; ", problems));
        return new ModelFit(
            model with { BlockSizeTokens = check.Config.BlockSizeTokens ?? model.BlockSizeTokens }, attention,
            check.Changes, [Chosen(platform, check.Config, attention), .. Changed(platform, check.Changes)]);
    }

    // What cannot be loaded is refused below, without a look at its weights.
    private static bool IsLoadable(Platform platform, ModelConfig config) =>
        config.IsQuantizationBuilt
        && (config.QuantizationMethod is not { } method || platform.SupportedQuantizations.Contains(method));

    private static string DtypeInForce(ModelRunnerSettings model, ModelConfig config)
    {
        using var checkpoint = Checkpoint.Open(model.ModelFolder, config.Quantization);
        return ModelDtype.Choose(model.Dtype, checkpoint, config.LinearScheme).Name;
    }

    // Steps are planned in another process, for ranks of any platform: a rank cannot change the plan.
    private static IEnumerable<string> OfPlan(Platform platform, PlatformConfig asked, PlatformConfigCheck check)
    {
        var inForce = check.Config;
        if (inForce.PrefixCaching == asked.PrefixCaching && inForce.AsyncScheduling == asked.AsyncScheduling
            && inForce.SpeculativeDecoding == asked.SpeculativeDecoding)
            yield break;
        var wanted = check.Changes.Where(one => one.Setting is "prefix-caching" or "async-scheduling" or "speculative-decoding")
            .Select(one => $"{one.Setting} {one.To} ({one.Why})");
        yield return $"{platform.Name} wants another plan than the scheduler's: {string.Join(", ", wanted)}; set it so";
    }

    private static IEnumerable<string> OfAttention(Platform platform, AttentionNeeds needs, AttentionChoice attention)
    {
        var built = needs.UsesMla ? AttentionChoice.PagedLatent : AttentionChoice.Paged;
        if (attention.Backend is null)
            yield return $"{platform.Name} has no attention for this model: {attention.Reason}";
        else if (attention.Backend != built)
            yield return $"{platform.Name} chooses attention `{attention.Backend}`, this build has `{built}` for this model";
    }

    private static IEnumerable<string> OfClasses(Platform platform, PlatformConfig config, ICollective lane)
    {
        if (config.WorkerClass != typeof(ModelRunner).FullName)
            yield return $"{platform.Name} wants steps run by {config.WorkerClass}, this build has {typeof(ModelRunner).FullName}";
        var lanes = lane.GetType().GetInterfaces().Append(lane.GetType()).Select(type => type.FullName);
        if (lane.WorldSize > 1 && !lanes.Contains(platform.CommunicatorClass))
            yield return $"{platform.Name} wants ranks to talk through {platform.CommunicatorClass}, "
                + $"this build has {typeof(ICollective).FullName}";
    }

    private static string Chosen(Platform platform, PlatformConfig config, AttentionChoice attention) =>
        $"{platform.Name} runs the model with attention `{attention.Backend}` ({attention.Reason}), steps by "
        + $"{config.WorkerClass}, ranks through {platform.CommunicatorClass}";

    // The worker class is said with what was chosen.
    private static IEnumerable<string> Changed(Platform platform, IEnumerable<PlatformChange> changes) => changes
        .Where(change => change.Setting != "worker-class")
        .Select(change => $"{platform.Name} sets {change.Setting} to {change.To} (was {change.From}): {change.Why}");
}
