using System.Collections.Immutable;
using Gaudi.Tests.Training.Exams;
using Gaudi.Tests.Training.Export;
using Gaudi.Tests.Training.Tokens;

namespace Gaudi.Tests.Training;

/// <summary>Examines a finished model: 1,000 held-out sums, held-out words, and every fact.</summary>
public sealed class Evaluation(string folder, int seed, TextWriter log)
{
    private const int SumCount = 1000;
    private const int WordCount = 500;

    /// <summary>Writes each part's share of right answers and its first mistakes.</summary>
    public void Run()
    {
        using var weights = ModelFolder.ReadWeights(folder);
        using var decoder = new GreedyDecoder(weights, TokenizerCorpus.MakeTokenizer());
        log.WriteLine($"{weights.Count:N0} parameters");
        Report(decoder, "held-out sums", Exam.Sums(seed, SumCount));
        Report(decoder, "held-out reversals", Exam.Reversals(seed, WordCount));
        Report(decoder, "held-out capitals", Exam.Capitals(seed, WordCount));
        Report(decoder, "facts", Exam.Facts());
    }

    private void Report(GreedyDecoder decoder, string name, ImmutableArray<ExamQuestion> questions)
    {
        var result = ExamResult.Take(decoder, questions);
        var rightCount = result.Count - result.Mistakes.Length;
        log.WriteLine($"{name}: {rightCount} of {result.Count} right ({result.Accuracy:P1})");
        foreach (var (question, answer) in result.Mistakes.Take(10))
        {
            log.WriteLine($"  {question} -> {answer}");
        }
    }
}
