using Gaudi.Hpu.Models;

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
        ModelLimits.Check(config, worldSize, settings.MaxModelLen ?? config.MaxPositionEmbeddings);
        using var checkpoint = Checkpoint.Open(settings.ModelFolder);
        ModelDtype.Choose(settings.Dtype, checkpoint);
        if (settings.Draft is { } draft)
            Check(settings with { ModelFolder = draft.ModelFolder, Draft = null }, worldSize: 1);
        return config;
    }
}
