using System.Text.RegularExpressions;
using Gaudi.Tests.Training.Exams;
using Gaudi.Tests.Training.Lessons;
using Xunit;

namespace Gaudi.Tests.Demo;

/// <summary>What the times tables' exam asks is never taught, and no model is taught the tables.</summary>
public sealed partial class TimesTableTests
{
    private const int ConversationCount = 20_000;

    [Fact]
    public void Every_entry_of_the_tables_is_asked_once_in_each_held_out_phrasing()
    {
        var asked = Exam.Products().Concat(Exam.TurnedProducts()).Select(question => question.Question).ToArray();
        Assert.Equal(11 * 11 * 5, asked.Length);
        Assert.Equal(asked.Length, asked.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Fact]
    public void An_order_is_held_out_for_one_pair_in_five_or_nearly_and_never_both()
    {
        var heldOut = Product.All.Where(product => HeldOut.ContainsProduct(product.Left, product.Right)).ToArray();
        Assert.InRange(heldOut.Length, 8, 14); // of 55 pairs
        Assert.All(heldOut, product => Assert.False(HeldOut.ContainsProduct(product.Right, product.Left)));
        Assert.Contains(heldOut, product => product.Left < product.Right);
        Assert.Contains(heldOut, product => product.Left > product.Right);
    }

    [Fact]
    public void Lessons_hold_every_other_entry_and_nothing_of_the_exam()
    {
        var curriculum = new Curriculum(1, productPercent: 75);
        var turns = Enumerable.Range(0, ConversationCount).SelectMany(_ => curriculum.Next().Turns).ToArray();
        var taught = turns.Select(turn => Bare(turn.Question)).ToHashSet();

        var exam = Exam.Products().Concat(Exam.TurnedProducts());
        Assert.DoesNotContain(exam, question => taught.Contains(Bare(question.Question)));
        var products = turns.Where(turn => turn.Answer.Contains('x', StringComparison.Ordinal) && turn.Answer.Contains('='))
            .Select(turn => Number().Matches(turn.Question).Select(match => int.Parse(match.Value)).ToArray())
            .Select(factors => new Product(factors[0], factors[1])).ToHashSet();
        var expected = Product.All.Where(product => !HeldOut.ContainsProduct(product.Left, product.Right));
        Assert.Equal(expected.ToHashSet(), products);
    }

    [Fact]
    public void Models_are_taught_no_product()
    {
        var curriculum = new Curriculum(1);
        var turns = Enumerable.Range(0, ConversationCount).SelectMany(_ => curriculum.Next().Turns);
        Assert.DoesNotContain(turns, turn => ProductAsked().IsMatch(turn.Question));
    }

    [Fact]
    public void Answer_names_the_smaller_factor_first_and_the_product_last()
    {
        Assert.Equal("7x12=84, so 84", new Product(12, 7).Answer());
        Assert.All(Product.All, product => Assert.Equal(product.Left * product.Right, Exam.LastNumber(product.Answer())));
    }

    /// <summary>A question as it is once its first letter and its last mark are loosened in every way the lessons do.</summary>
    private static string Bare(string question) => question.ToLowerInvariant().TrimEnd('?', '.', '!');

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();

    [GeneratedRegex(@"\d ?(x|\*|times) ?\d")]
    private static partial Regex ProductAsked();
}
