using Gaudi.Hpu.Models;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Hpu.Execution;

/// <summary>Finds before any card is opened what <see cref="ModelLoader"/> would refuse: headers are read, weights are not.</summary>
public static class ModelPreflight
{
    /// <summary>Checks the folder, the split and the type.</summary>
    /// <param name="settings">What is to be loaded.</param>
    /// <param name="worldSize">Ranks it is to be split over.</param>
    /// <returns>What config.json says.</returns>
    /// <exception cref="CheckpointException">The folder cannot be used, or not by so many ranks.</exception>
    public static ModelConfig Check(ModelRunnerSettings settings, int worldSize)
    {
        settings.Check();
        var config = ModelConfig.Read(settings.ModelFolder);
        var maxModelLen = settings.MaxModelLen ?? config.PositionsMax;
        ModelLimits.Check(config, worldSize, maxModelLen);
        ModelLimits.CheckUse(config, worldSize, settings.VerifiesDrafts, settings.IsExpertParallel);
        KvStorage.Check(settings.KvCacheDtype, config);
        CheckWeights(settings.ModelFolder, config, settings.Dtype);
        if (settings.Draft is { } draft)
        {
            var drafter = ModelConfig.Read(draft.ModelFolder);
            ModelLimits.CheckDraft(draft.ModelFolder, drafter, config, maxModelLen);
            CheckWeights(draft.ModelFolder, drafter, settings.Dtype);
        }
        return config;
    }

    private static void CheckWeights(string folder, ModelConfig config, string dtype)
    {
        using var checkpoint = Checkpoint.Open(folder, config.Quantization);
        ModelDtype.Choose(dtype, checkpoint, config.LinearScheme);
        try
        {
            config.LinearScheme?.CheckStored(checkpoint.Names, checkpoint.FindStored);
        }
        catch (QuantizationException error)
        {
            throw new CheckpointException($"{folder}: {error.Message}", error);
        }
    }
}
