using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Gaudi.Tests.Training.Lessons;

namespace Gaudi.Tests.Training.Exams;

/// <summary>Questions never seen in training, with how to mark an answer.</summary>
public static partial class Exam
{
    /// <summary>Additions and subtractions of held-out operands, drawn without repetition.</summary>
    public static ImmutableArray<ExamQuestion> Sums(int seed, int count)
    {
        var random = new Random(seed);
        var sums = (
            from left in Enumerable.Range(0, 100)
            from right in Enumerable.Range(0, 100)
            where HeldOut.Contains(left, right)
            from operation in "+-"
            select new Sum(left, operation, right)).ToArray();
        random.Shuffle(sums);
        return sums.Take(count)
            .Select(sum => new ExamQuestion(sum.Question(random), answer => LastNumber(answer) == sum.Result))
            .ToImmutableArray();
    }

    /// <summary>Every product whose order of factors is taught, in every held-out phrasing: a table known by heart, asked
    /// in other words.</summary>
    public static ImmutableArray<ExamQuestion> Products() =>
        Products(product => !HeldOut.ContainsProduct(product.Left, product.Right));

    /// <summary>Every product whose order of factors is never taught, in every held-out phrasing.</summary>
    public static ImmutableArray<ExamQuestion> TurnedProducts() =>
        Products(product => HeldOut.ContainsProduct(product.Left, product.Right));

    /// <summary>Made-up held-out words to reverse.</summary>
    public static ImmutableArray<ExamQuestion> Reversals(int seed, int count) => Words(seed, count, WordTask.Reversal);

    /// <summary>Made-up held-out words to write in capitals.</summary>
    public static ImmutableArray<ExamQuestion> Capitals(int seed, int count) => Words(seed, count, WordTask.Capitals);

    /// <summary>Every fixed question about the project; these are learnt by heart, not held out.</summary>
    public static ImmutableArray<ExamQuestion> Facts() => ProjectFacts.Turns.Select(Exact).ToImmutableArray();

    /// <summary>The last whole number in a text, with its sign, or null.</summary>
    public static int? LastNumber(string text)
    {
        var last = Number().Matches(text).LastOrDefault();
        return int.TryParse(last?.Value, out var number) ? number : null;
    }

    private static ImmutableArray<ExamQuestion> Words(int seed, int count, Func<string, Random, Turn> task)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, count)
            .Select(_ => Exact(task(WordList.DrawHeldOut(random), random)))
            .ToImmutableArray();
    }

    private static ImmutableArray<ExamQuestion> Products(Func<Product, bool> isAsked) => (
        from product in Product.All.Where(isAsked)
        from question in product.HeldOutQuestions()
        select new ExamQuestion(question, answer => LastNumber(answer) == product.Result)).ToImmutableArray();

    private static ExamQuestion Exact(Turn turn) => new(turn.Question, answer => answer == turn.Answer);

    [GeneratedRegex(@"-?\d+")]
    private static partial Regex Number();
}
