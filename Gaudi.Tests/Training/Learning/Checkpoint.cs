using Gaudi.Tests.Training.Network;

namespace Gaudi.Tests.Training.Learning;

/// <summary>A training run on disk: weights, moments and the number of the last step.</summary>
public sealed class Checkpoint(string folder)
{
    private string WeightsPath => Path.Combine(folder, "weights.safetensors");

    private string MomentsPath => Path.Combine(folder, "moments.safetensors");

    private string StepPath => Path.Combine(folder, "step.txt");

    /// <summary>Replaces what was saved before.</summary>
    public void Save(int stepNumber, LlamaWeights weights, AdamW optimizer)
    {
        Directory.CreateDirectory(folder);
        TensorFile.Write(WeightsPath, weights.Named);
        TensorFile.Write(MomentsPath, optimizer.Moments());
        File.WriteAllText(StepPath, stepNumber.ToString());
    }

    /// <summary>The saved run; the caller owns weights and optimizer.</summary>
    public (int StepNumber, LlamaWeights Weights, AdamW Optimizer) Load(LlamaShape shape, double weightDecay)
    {
        var weights = LlamaWeights.From(shape, TensorFile.Read(WeightsPath));
        var optimizer = new AdamW(weights.Named, weightDecay, TensorFile.Read(MomentsPath));
        return (int.Parse(File.ReadAllText(StepPath)), weights, optimizer);
    }
}
