namespace Gaudi.Tests.Training;

/// <summary>What the command line asks for.</summary>
/// <param name="Output">Folder of the model; checkpoints go to its `checkpoint` folder.</param>
/// <param name="Minutes">Stops training early when this much time has passed; 0 for no limit.</param>
/// <param name="UsesFloat32">Multiplies in float32, not in bfloat16; weights are float32 either way.</param>
/// <param name="Base">Folder of a model to train an adapter for, or to examine one on; null when the model itself is meant.</param>
/// <param name="Evaluate">Folder of a model, or of an adapter, to examine instead of training.</param>
public sealed record TrainingOptions(
    string Output, int Seed, int Steps, double Minutes, double Rate, int BatchTokens,
    bool IsDraft, bool IsResumed, bool UsesFloat32, string? Base, string? Evaluate)
{
    /// <summary>How the program is called.</summary>
    public const string Usage =
        """
        gaudi-train --output DIR [--draft] [--seed N] [--steps N] [--minutes N] [--rate X] [--batch-tokens N]
                    [--float32 | --bfloat16] [--resume]
        gaudi-train --evaluate DIR [--seed N]
        gaudi-train --base MODEL_DIR --output ADAPTER_DIR [--seed N] [--steps N] [--minutes N] [--rate X]
                    [--batch-tokens N] [--float32 | --bfloat16]
        gaudi-train --base MODEL_DIR --evaluate ADAPTER_DIR [--seed N]
        """;

    private static readonly TrainingOptions Demo = new(
        Output: "", Seed: 1, Steps: 3000, Minutes: 0, Rate: 1.2e-3, BatchTokens: 2048,
        IsDraft: false, IsResumed: false, UsesFloat32: !Processor.MultipliesBfloat16, Base: null, Evaluate: null);

    private static readonly TrainingOptions Draft = Demo with { IsDraft = true, Seed = 2, Steps = 8000, Rate = 2e-3 };

    private static readonly TrainingOptions Adapter = Demo with
    {
        Steps = 400, Rate = 4e-3, BatchTokens = 1024, UsesFloat32 = true,
    };

    /// <summary>Reads the arguments; what they leave out is as the committed models were trained.</summary>
    /// <exception cref="ArgumentException">An argument is unknown or has no value.</exception>
    public static TrainingOptions Parse(string[] arguments)
    {
        var options = arguments.Contains("--base") ? Adapter : arguments.Contains("--draft") ? Draft : Demo;
        for (var i = 0; i < arguments.Length; i++)
        {
            string Value() => ++i < arguments.Length
                ? arguments[i]
                : throw new ArgumentException($"{arguments[^1]} needs a value");
            options = arguments[i] switch
            {
                "--output" => options with { Output = Value() },
                "--base" => options with { Base = Value() },
                "--evaluate" => options with { Evaluate = Value() },
                "--seed" => options with { Seed = int.Parse(Value()) },
                "--steps" => options with { Steps = int.Parse(Value()) },
                "--minutes" => options with { Minutes = double.Parse(Value()) },
                "--rate" => options with { Rate = double.Parse(Value()) },
                "--batch-tokens" => options with { BatchTokens = int.Parse(Value()) },
                "--draft" => options with { IsDraft = true },
                "--resume" => options with { IsResumed = true },
                "--float32" => options with { UsesFloat32 = true },
                "--bfloat16" => options with { UsesFloat32 = false },
                _ => throw new ArgumentException($"unknown argument `{arguments[i]}`"),
            };
        }

        if (options.Base is not null && (options.IsDraft || options.IsResumed))
        {
            throw new ArgumentException("--base goes with neither --draft nor --resume: an adapter is trained in one go");
        }

        return options.Output != "" || options.Evaluate is not null
            ? options
            : throw new ArgumentException("--output or --evaluate is needed");
    }
}
