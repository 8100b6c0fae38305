using System.Text.RegularExpressions;
using Gaudi.Tests.Training.Lessons;
using Gaudi.Tests.Training.Tokens;
using Xunit;

namespace Gaudi.Tests.Demo;

/// <summary>What the exam asks is never taught.</summary>
public sealed partial class HeldOutTests
{
    private const int ConversationCount = 200_000;

    [Fact]
    public void Contains_ignores_the_order_of_operands()
    {
        foreach (var (a, b) in Pairs())
        {
            Assert.Equal(HeldOut.Contains(a, b), HeldOut.Contains(b, a));
        }
    }

    [Fact]
    public void Contains_holds_for_one_pair_in_eight_or_nearly()
    {
        var pairs = Pairs().Where(pair => pair.A <= pair.B).ToArray();
        var share = (double)pairs.Count(pair => HeldOut.Contains(pair.A, pair.B)) / pairs.Length;
        Assert.InRange(share, 0.10, 0.15);
    }

    [Fact]
    public void Contains_spares_every_step_of_the_working()
    {
        foreach (var (a, b) in Pairs())
        {
            var answers = new Sum(a, '+', b).Answer() + "\n" + new Sum(a, '-', b).Answer();
            foreach (var (left, right) in PairsIn(answers))
            {
                Assert.False(HeldOut.Contains(left, right), $"step {left} with {right} of {a} with {b} is held out");
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Curriculum_never_teaches_a_held_out_pair(int seed)
    {
        var curriculum = new Curriculum(seed);
        var pairCount = 0;
        for (var i = 0; i < ConversationCount; i++)
        {
            foreach (var turn in curriculum.Next().Turns)
            {
                // A question with two numbers is a sum, whatever its words; an answer may hold steps "a op b".
                var numbers = Number().Matches(turn.Question).Select(match => int.Parse(match.Value)).ToArray();
                if (numbers.Length == 2)
                {
                    pairCount++;
                    AssertTaught(numbers[0], numbers[1], turn, seed);
                }

                foreach (var (left, right) in PairsIn(turn.Question).Concat(PairsIn(turn.Answer)))
                {
                    AssertTaught(left, right, turn, seed);
                }
            }
        }

        Assert.True(pairCount > ConversationCount / 2, $"only {pairCount} sums were read: the scan misses them");
    }

    [Fact]
    public void Curriculum_never_teaches_a_held_out_word()
    {
        var curriculum = new Curriculum(3);
        for (var i = 0; i < ConversationCount; i++)
        {
            foreach (var turn in curriculum.Next().Turns.Where(turn => !turn.Answer.Contains(' ')))
            {
                var (answer, reversed) = (turn.Answer, string.Concat(turn.Answer.Reverse()));
                Assert.False(answer.All(char.IsAsciiLetterUpper) && HeldOut.Contains(answer.ToLowerInvariant()));
                Assert.False(answer.All(char.IsAsciiLetterLower) && HeldOut.Contains(reversed));
            }
        }
    }

    [Fact]
    public void Curriculum_gives_the_same_conversations_for_the_same_seed()
    {
        var (first, second) = (new Curriculum(5), new Curriculum(5));
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(ChatFormat.Write(first.Next()), ChatFormat.Write(second.Next()));
        }
    }

    private static void AssertTaught(int left, int right, Turn turn, int seed) =>
        Assert.False(HeldOut.Contains(left, right), $"seed {seed}: {left} with {right} is held out, yet in {turn}");

    private static IEnumerable<(int A, int B)> Pairs() =>
        from a in Enumerable.Range(0, 100) from b in Enumerable.Range(0, 100) select (a, b);

    /// <summary>Every "a + b" and "a - b" in a text, overlapping ones too.</summary>
    private static IEnumerable<(int Left, int Right)> PairsIn(string text) =>
        Operation().Matches(text).Select(match => (int.Parse(match.Groups[1].Value), int.Parse(match.Groups[2].Value)));

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();

    [GeneratedRegex(@"(?<!\d)(\d+)(?= ?[+-] ?(\d+))")]
    private static partial Regex Operation();
}
