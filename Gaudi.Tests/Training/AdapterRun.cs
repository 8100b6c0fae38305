using System.Diagnostics;
using Gaudi.Tests.Training.Exams;
using Gaudi.Tests.Training.Export;
using Gaudi.Tests.Training.Learning;
using Gaudi.Tests.Training.Lessons;
using Gaudi.Tests.Training.Network;
using Gaudi.Tests.Training.Tokens;

namespace Gaudi.Tests.Training;

/// <summary>Trains an adapter for the times tables over a frozen model, and writes its folder.</summary>
public sealed class AdapterRun(TrainingOptions options, string baseFolder, TextWriter log)
{
    private const int Rank = 8;
    private const int Alpha = 16;
    private const double WeightDecay = 0;
    private const int ReportSteps = 50;

    /// <summary>The other turns are the model's own lessons, so that the adapter does not unlearn them.</summary>
    private const int ProductPercent = 75;

    private readonly BpeTokenizer _tokenizer = TokenizerCorpus.MakeTokenizer();
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Runs to the end of the steps, or of the minutes.</summary>
    public void Run()
    {
        using var weights = ModelFolder.ReadWeights(baseFolder);
        weights.Freeze();
        using var adapter = LoraAdapter.Fresh(weights, Rank, Alpha, options.Seed);
        using var optimizer = new AdamW(adapter.Named, WeightDecay);
        Log($"{adapter.Count:N0} parameters over {weights.Count:N0} frozen ones, seed {options.Seed}, {options.Steps} steps");

        var batches = new BatchMaker(new Curriculum(options.Seed, ProductPercent), _tokenizer, options.BatchTokens, options.Seed);
        var rate = new LearningRate(options.Rate, options.Steps);
        using var trainer = new Trainer(weights, optimizer, rate, usesBfloat16: !options.UsesFloat32, adapter);
        Learn(trainer, batches);
        AdapterFolder.Write(options.Output, adapter, Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(baseFolder))));
        Examine(weights, adapter);
    }

    private void Learn(Trainer trainer, BatchMaker batches)
    {
        var lossSum = 0.0;
        for (var step = 1; step <= options.Steps && HasTime(); step++)
        {
            lossSum += trainer.Step(step, batches.Next());
            if (step % ReportSteps == 0)
            {
                Log($"step {step} loss {lossSum / ReportSteps:F4}");
                lossSum = 0;
            }
        }
    }

    private bool HasTime() => options.Minutes == 0 || _clock.Elapsed.TotalMinutes < options.Minutes;

    private void Examine(LlamaWeights weights, LoraAdapter adapter)
    {
        using var decoder = new GreedyDecoder(weights, _tokenizer, adapter);
        var products = ExamResult.Take(decoder, Exam.Products());
        var turned = ExamResult.Take(decoder, Exam.TurnedProducts());
        Log($"held-out phrasings {products.Accuracy:P1} orders never taught {turned.Accuracy:P1}");
    }

    private void Log(string line)
    {
        log.WriteLine($"{_clock.Elapsed:hh\\:mm\\:ss} {line}");
        log.Flush();
    }
}
