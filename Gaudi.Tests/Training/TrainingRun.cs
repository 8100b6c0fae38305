using System.Diagnostics;
using Gaudi.Tests.Training.Exams;
using Gaudi.Tests.Training.Export;
using Gaudi.Tests.Training.Learning;
using Gaudi.Tests.Training.Lessons;
using Gaudi.Tests.Training.Network;
using Gaudi.Tests.Training.Tokens;

namespace Gaudi.Tests.Training;

/// <summary>Trains one model from the first step, or from its checkpoint, to the last, and writes its folder.</summary>
public sealed class TrainingRun(TrainingOptions options, TextWriter log)
{
    private const double WeightDecay = 0.05;
    private const int ReportSteps = 50;
    private const int SaveSteps = 250;
    private const int ExamCount = 200;

    private readonly BpeTokenizer _tokenizer = TokenizerCorpus.MakeTokenizer();
    private readonly Checkpoint _checkpoint = new(Path.Combine(options.Output, "checkpoint"));
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Runs to the end of the steps or of the minutes.</summary>
    public void Run()
    {
        var vocabularyCount = _tokenizer.VocabularyCount;
        var shape = options.IsDraft ? LlamaShape.Draft(vocabularyCount) : LlamaShape.Demo(vocabularyCount);
        var (lastStep, weights, optimizer) = options.IsResumed ? _checkpoint.Load(shape, WeightDecay) : Begin(shape);
        using var heldWeights = weights;
        using var heldOptimizer = optimizer;
        Log($"{weights.Count:N0} parameters, vocabulary {vocabularyCount}, seed {options.Seed}, {options.Steps} steps");

        // A resumed run draws other lessons than it has seen.
        var seed = options.Seed + (1000 * lastStep);
        var batches = new BatchMaker(new Curriculum(seed), _tokenizer, options.BatchTokens, seed);
        var rate = new LearningRate(options.Rate, options.Steps);
        using var trainer = new Trainer(weights, optimizer, rate, usesBfloat16: !options.UsesFloat32);
        lastStep = Learn(trainer, batches, lastStep, weights, optimizer);
        ModelFolder.Write(options.Output, weights, _tokenizer);
        Log($"finished at step {lastStep}");
    }

    private (int LastStep, LlamaWeights Weights, AdamW Optimizer) Begin(LlamaShape shape)
    {
        var weights = LlamaWeights.Random(shape, options.Seed);
        return (0, weights, new AdamW(weights.Named, WeightDecay));
    }

    private int Learn(Trainer trainer, BatchMaker batches, int lastStep, LlamaWeights weights, AdamW optimizer)
    {
        var (lossSum, tokenCount, stretch) = (0.0, 0L, Stopwatch.StartNew());
        while (lastStep < options.Steps && HasTime())
        {
            var batch = batches.Next();
            lossSum += trainer.Step(++lastStep, batch);
            tokenCount += batch.Ids.Length;
            if (lastStep % ReportSteps == 0)
            {
                var tokensPerSecond = tokenCount / stretch.Elapsed.TotalSeconds;
                Log($"step {lastStep} loss {lossSum / ReportSteps:F4} tokens/s {tokensPerSecond:F0}");
                (lossSum, tokenCount, stretch) = (0.0, 0L, Stopwatch.StartNew());
            }

            if (lastStep % SaveSteps == 0)
            {
                _checkpoint.Save(lastStep, weights, optimizer);
                ModelFolder.Write(options.Output, weights, _tokenizer);
                Examine(weights);
                stretch.Restart();
            }
        }

        return lastStep;
    }

    private bool HasTime() => options.Minutes == 0 || _clock.Elapsed.TotalMinutes < options.Minutes;

    private void Examine(LlamaWeights weights)
    {
        using var decoder = new GreedyDecoder(weights, _tokenizer);
        var sums = ExamResult.Take(decoder, Exam.Sums(options.Seed, ExamCount));
        var reversals = ExamResult.Take(decoder, Exam.Reversals(options.Seed, ExamCount / 2));
        var capitals = ExamResult.Take(decoder, Exam.Capitals(options.Seed, ExamCount / 2));
        var facts = ExamResult.Take(decoder, Exam.Facts());
        Log($"held-out sums {sums.Accuracy:P1} reversals {reversals.Accuracy:P1} " +
            $"capitals {capitals.Accuracy:P1} facts {facts.Accuracy:P1}");
        foreach (var (question, answer) in sums.Mistakes.Take(4).Concat(reversals.Mistakes.Take(2)))
        {
            Log($"  {question} -> {answer}");
        }
    }

    private void Log(string line)
    {
        log.WriteLine($"{_clock.Elapsed:hh\\:mm\\:ss} {line}");
        log.Flush();
    }
}
