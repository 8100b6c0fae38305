using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Gaudi.Actors.Constraints;
using Gaudi.Hpu.Execution;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Actors.Constraints;

/// <summary>Masks over a vocabulary as large as those of today's models, for a batch of answers at once.</summary>
public sealed class LargeVocabularyTests(ITestOutputHelper output)
{
    private const int VocabularySize = 128_000;
    private const int AnswerCount = 32;
    private const int StepCount = 40;
    private const int Seed = 11;

    private const string Schema =
        """
        {"type":"object","properties":{"name":{"type":"string","maxLength":12},"tags":{"type":"array","items":{"enum":["a","bc","d"]},
        "maxItems":3},"count":{"type":"integer"},"ok":{"type":"boolean"}},"required":["name","tags","count"],"additionalProperties":false}
        """;

    private static readonly ImmutableArray<byte[]> Tokens = MakeTokens();

    [Fact]
    public void Masks_of_a_batch_are_right_and_cost_little_once_they_are_kept()
    {
        var automaton = new ConstraintAutomaton(
            OutputGrammar.Compile(Forms.Schema(Schema)), VocabularyTrie.OfTokens(Tokens));
        var cold = Stopwatch.StartNew();
        var (checkedCount, routes) = (0, new List<int[]>());
        for (var answer = 0; answer < AnswerCount; answer++)
            routes.Add(Draw(automaton, new Random(Seed + answer), ref checkedCount));
        output.WriteLine($"{routes.Sum(route => route.Length)} masks made or found in {cold.ElapsedMilliseconds} ms, {checkedCount} tokens held against a walk");
        Assert.True(checkedCount > 10_000, $"{checkedCount} tokens were checked");

        // The same routes again: now every mask is known.
        var cursors = routes.Select(_ => new ConstraintCursor(automaton, [], VocabularySize)).ToArray();
        var steps = new List<double>();
        for (var step = 0; step < routes.Max(route => route.Length); step++)
        {
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < AnswerCount; i++)
            {
                if (step >= routes[i].Length)
                    continue;
                Assert.True(cursors[i].Masks([])[0].Allows(routes[i][step]));
                Assert.True(cursors[i].TryAdvance(routes[i][step]));
            }
            steps.Add(clock.Elapsed.TotalMicroseconds);
        }
        var median = steps.Order().ElementAt(steps.Count / 2);
        output.WriteLine($"a step's {AnswerCount} masks, all kept: {median:0} us in the middle, {steps.Max():0} us at most");
        // Some microseconds on a free core. A mask made again would be some milliseconds, 32 of them some hundred.
        Assert.True(median < 20_000, $"{median} us for a step");
    }

    // One answer, drawn; the bits of some tokens are held against a walk of their bytes.
    private static int[] Draw(ConstraintAutomaton automaton, Random random, ref int checkedCount)
    {
        var bytes = new ConstraintAutomaton(OutputGrammar.Compile(Forms.Schema(Schema)), Single);
        var (state, own) = (automaton.Start, bytes.Start);
        var route = new List<int>();
        while (route.Count < StepCount && !state.IsFinal)
        {
            var mask = automaton.MaskOf(state);
            for (var i = 0; i < 64; i++)
            {
                var id = random.Next(VocabularySize);
                Assert.True(mask.Allows(id) == (Walk(bytes, own, id) is not null), $"seed {Seed}: token {id} `{Encoding.UTF8.GetString(Tokens[id])}`");
                checkedCount++;
            }
            var allowed = AllowedIn(mask);
            Assert.NotEmpty(allowed);
            var token = allowed[random.Next(allowed.Count)];
            own = Walk(bytes, own, token);
            Assert.NotNull(own);
            state = automaton.Next(state, token)!;
            route.Add(token);
        }
        return [.. route];
    }

    private static VocabularyTrie Single { get; } =
        VocabularyTrie.OfTokens([.. Enumerable.Range(0, 256).Select(one => new[] { (byte)one })]);

    private static FormState? Walk(ConstraintAutomaton bytes, FormState? state, int tokenId)
    {
        foreach (var one in Tokens[tokenId])
            state = state is null ? null : bytes.Next(state, one);
        return state;
    }

    private static List<int> AllowedIn(TokenMask mask)
    {
        var allowed = new List<int>();
        for (var word = 0; word < mask.Words.Length; word++)
        {
            for (var left = mask.Words[word]; left != 0; left &= left - 1)
                allowed.Add((word * 64) + System.Numerics.BitOperations.TrailingZeroCount(left));
        }
        return allowed;
    }

    // Every byte, then words of letters, blanks, digits and JSON's marks, as byte-level vocabularies have them.
    private static ImmutableArray<byte[]> MakeTokens()
    {
        string[] pieces =
        [
            "a", "b", "c", "d", "e", "n", "o", "t", "s", " ", "  ", "\n", "0", "1", "27", "{", "}", "[", "]", "\"", "\",", "\":", ":", ",",
            "true", "null", "name", "tags", "é", "ü", "日", "本", "😀", "-", ".", "\\",
        ];
        var random = new Random(Seed);
        var known = new HashSet<string>(StringComparer.Ordinal);
        var tokens = ImmutableArray.CreateBuilder<byte[]>(VocabularySize);
        tokens.AddRange(Enumerable.Range(0, 256).Select(one => new[] { (byte)one }));
        while (tokens.Count < VocabularySize)
        {
            var text = string.Concat(random.GetItems(pieces, random.Next(2, 6)));
            if (known.Add(text))
                tokens.Add(Encoding.UTF8.GetBytes(text));
        }
        return tokens.MoveToImmutable();
    }
}
