using System.Collections.Immutable;
using Gaudi.Tests.Training.Exams;
using Gaudi.Tests.Training.Export;
using Gaudi.Tests.Training.Tokens;

namespace Gaudi.Tests.Training;

/// <summary>Examines a finished model: 1,000 held-out sums, held-out words, every fact, sums without a layer.</summary>
public sealed class Evaluation(string folder, int seed, TextWriter log)
{
    private const int SumCount = 1000;
    private const int WordCount = 500;
    private const int SumCountWithoutLayer = 200;

    private readonly BpeTokenizer _tokenizer = TokenizerCorpus.MakeTokenizer();

    /// <summary>Writes each part's share of right answers and its first mistakes.</summary>
    public void Run()
    {
        using var weights = ModelFolder.ReadWeights(folder);
        using var decoder = new GreedyDecoder(weights, _tokenizer);
        log.WriteLine($"{weights.Count:N0} parameters");
        Report(decoder, "held-out sums", Exam.Sums(seed, SumCount));
        Report(decoder, "held-out reversals", Exam.Reversals(seed, WordCount));
        Report(decoder, "held-out capitals", Exam.Capitals(seed, WordCount));
        Report(decoder, "facts", Exam.Facts());
        for (var i = 0; i < weights.Shape.LayerCount; i++)
        {
            ReportWithoutLayer(i);
        }
    }

    private void ReportWithoutLayer(int layerIndex)
    {
        using var weights = ModelFolder.ReadWeights(folder);
        weights.ZeroLayer(layerIndex);
        using var decoder = new GreedyDecoder(weights, _tokenizer);
        var result = ExamResult.Take(decoder, Exam.Sums(seed, SumCountWithoutLayer));
        log.WriteLine($"held-out sums with layer {layerIndex} set to zero: {result.Accuracy:P1}");
    }

    private void Report(GreedyDecoder decoder, string name, ImmutableArray<ExamQuestion> questions) =>
        ExamResult.Take(decoder, questions).Write(log, name);
}
