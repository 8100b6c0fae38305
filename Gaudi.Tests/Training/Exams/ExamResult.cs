using System.Collections.Immutable;

namespace Gaudi.Tests.Training.Exams;

/// <summary>How many answers were right, and what went wrong.</summary>
/// <param name="Mistakes">Question and answer of each wrong one.</param>
public sealed record ExamResult(int Count, ImmutableArray<(string Question, string Answer)> Mistakes)
{
    private const int MistakesShown = 10;

    /// <summary>Share of right answers, 0 to 1.</summary>
    public double Accuracy => 1 - ((double)Mistakes.Length / Count);

    /// <summary>Asks every question and marks the answers.</summary>
    public static ExamResult Take(GreedyDecoder decoder, ImmutableArray<ExamQuestion> questions)
    {
        var answers = decoder.Answer(questions.Select(question => question.Question).ToArray());
        return new ExamResult(questions.Length, questions
            .Zip(answers)
            .Where(pair => !pair.First.IsRight(pair.Second))
            .Select(pair => (pair.First.Question, pair.Second))
            .ToImmutableArray());
    }

    /// <summary>Writes the share of right answers and the first mistakes.</summary>
    public void Write(TextWriter log, string name)
    {
        log.WriteLine($"{name}: {Count - Mistakes.Length} of {Count} right ({Accuracy:P1})");
        foreach (var (question, answer) in Mistakes.Take(MistakesShown))
        {
            log.WriteLine($"  {question} -> {answer}");
        }
    }
}
