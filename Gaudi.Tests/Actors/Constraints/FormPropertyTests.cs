using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Gaudi.Actors.Constraints;
using Gaudi.Tests.Cluster.EndToEnd;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Actors.Constraints;

/// <summary>What is drawn from masks has its form; masks and steps say the same; nothing that comes from outside throws anything else.</summary>
public sealed class FormPropertyTests(ITestOutputHelper output)
{
    private static OutputConstraint ConstraintOf(FormSample sample) => sample.Kind switch
    {
        "json" => Forms.Schema(sample.Text),
        "regex" => Forms.Regex(sample.Text),
        _ => Forms.Choice(sample.Text),
    };

    [Fact]
    public void Every_text_drawn_at_random_from_the_masks_has_its_form()
    {
        var random = new Random(4);
        var (drawnCount, endlessCount) = (0, 0);
        foreach (var sample in FormSample.All)
        {
            var automaton = Forms.OverTokens(ConstraintOf(sample));
            for (var round = 0; round < 60; round++)
            {
                if (Forms.Draw(automaton, random, 600) is not { } text)
                {
                    endlessCount++;
                    continue;
                }
                drawnCount++;
                Assert.True(sample.Fault(text) is null, $"{sample.Text}\n{text}\n{sample.Fault(text)}");
            }
        }
        output.WriteLine($"{drawnCount} texts of {FormSample.All.Length} forms, {endlessCount} did not end");
        Assert.True(drawnCount >= 1000, $"{drawnCount} drawn, {endlessCount} did not end");
    }

    [Fact]
    public void A_mask_holds_exactly_the_tokens_that_fit()
    {
        var random = new Random(5);
        OutputConstraint[] constraints = [.. FormSample.All.Select(ConstraintOf), Forms.AnyObject];
        foreach (var constraint in constraints)
        {
            var automaton = Forms.OverTokens(constraint);
            var state = automaton.Start;
            for (var depth = 0; depth < 12 && !state.IsFinal; depth++)
            {
                var mask = automaton.MaskOf(state);
                var fitting = Enumerable.Range(0, Forms.Tokenizer.VocabularySize).Where(id => automaton.Next(state, id) is not null).ToArray();
                Assert.Equal(fitting, Forms.Allowed(mask));
                Assert.NotEmpty(fitting);
                state = automaton.Next(state, fitting[random.Next(fitting.Length)])!;
            }
        }
    }

    [Fact]
    public void What_would_be_too_much_work_is_written_byte_by_byte_and_keeps_its_form()
    {
        var random = new Random(12);
        var expression = "[a-f]*a[a-f]{9}";
        var (free, bound) = (Forms.OverTokens(Forms.Regex(expression)), Forms.OverTokens(Forms.Regex(expression), workMax: 100));
        var allowed = Forms.Allowed(bound.MaskOf(bound.Start));
        Assert.All(allowed, id => Assert.Equal(1, Forms.Tokenizer.TokenBytes(id).Length));
        Assert.Equal(
            Forms.Allowed(free.MaskOf(free.Start)).Where(id => Forms.Tokenizer.TokenBytes(id).Length == 1), allowed.AsEnumerable());
        for (var round = 0; round < 30; round++)
        {
            if (Forms.Draw(bound, random, 200) is { } text)
                Assert.Matches($"^{expression}$", text);
        }
    }

    [Fact]
    public void Forgetting_changes_nothing()
    {
        // So many states that the automaton forgets some of them again and again.
        var constraint = Forms.Regex("([ab]|cd)*a[a-d]{14}(é|[x-z]{1,200})*");
        var (worn, random) = (Forms.OverTokens(constraint), new Random(6));
        for (var round = 0; round < 40; round++)
        {
            var fresh = Forms.OverTokens(constraint);
            var (one, other) = (worn.Start, fresh.Start);
            for (var depth = 0; depth < 60 && !one.IsFinal; depth++)
            {
                var allowed = Forms.Allowed(worn.MaskOf(one));
                Assert.Equal(Forms.Allowed(fresh.MaskOf(other)).AsEnumerable(), allowed);
                Assert.Equal(other.IsAccepting, one.IsAccepting);
                var token = allowed[random.Next(allowed.Length)];
                (one, other) = (worn.Next(one, token)!, fresh.Next(other, token)!);
            }
        }
    }

    [Fact]
    public void Whatever_comes_is_compiled_or_refused_in_time()
    {
        var random = new Random(7);
        string[] words =
        [
            "\"type\"", "\"object\"", "\"array\"", "\"string\"", "\"properties\"", "\"items\"", "\"$ref\"", "\"#\"", "\"#/$defs/a\"", "\"$defs\"",
            "\"anyOf\"", "\"oneOf\"", "\"allOf\"", "\"enum\"", "\"const\"", "\"required\"", "\"a\"", "\"pattern\"", "\"(a|b)*c{2,5}\"",
            "\"minItems\"", "\"maxItems\"", "\"maxLength\"", "\"additionalProperties\"", "\"minimum\"", "0", "7", "1e9", "-1", "true", "null",
        ];
        for (var round = 0; round < 4000; round++)
        {
            var clock = Stopwatch.StartNew();
            var schema = RandomJson(random, words, 0);
            _ = Forms.Refusal(Forms.Schema(schema));
            var expression = new StringBuilder();
            for (var i = random.Next(12); i >= 0; i--)
                expression.Append(@"a|b()[]{}*+?^$\.-,0123dwé😀:<=!"[random.Next(31)]);
            _ = Forms.Refusal(Forms.Regex(expression.ToString()));
            _ = Forms.Refusal(Forms.Choice(RandomJson(random, words, 2)));
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"round {round}: {schema} {expression}");
        }
    }

    [Fact]
    public void A_schema_nested_or_chained_beyond_reason_is_refused()
    {
        var chain = string.Join(',', Enumerable.Range(0, 5000).Select(i => $$"""  "d{{i}}":{"$ref":"#/$defs/d{{i + 1}}"} """));
        Assert.Contains("deeper", Forms.Refusal(Forms.Schema("{\"$ref\":\"#/$defs/d0\",\"$defs\":{" + chain + ",\"d5000\":{\"type\":\"null\"}}}")), StringComparison.Ordinal);
        var deep = string.Concat(Enumerable.Repeat("(", 5000)) + string.Concat(Enumerable.Repeat(")", 5000));
        Assert.Contains("deeper", Forms.Refusal(Forms.Regex(deep)), StringComparison.Ordinal);
        var wide = JsonSerializer.Serialize(new { type = "array", prefixItems = Enumerable.Repeat(true, 5000) });
        Assert.Contains("prefixItems", Forms.Refusal(Forms.Schema(wide)), StringComparison.Ordinal);
        var name = JsonSerializer.Serialize(new Dictionary<string, object> { ["properties"] = new Dictionary<string, bool> { [new string('a', 9000)] = true } });
        Assert.Contains("properties", Forms.Refusal(Forms.Schema(name)), StringComparison.Ordinal);
    }

    [Fact]
    public void Cost_of_masks_over_a_vocabulary_of_128k()
    {
        var random = new Random(9);
        var tokens = Enumerable.Range(0, 128_000).Select(id => id < 256
            ? [(byte)id]
            : Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 1 + random.Next(8)).Select(_ => (char)(' ' + random.Next(95)))))).ToArray();
        var vocabulary = VocabularyTrie.OfTokens([.. tokens]);
        var automaton = new ConstraintAutomaton(
            OutputGrammar.Compile(Forms.Schema("""{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"}},"required":["a","b"]}""")), vocabulary);
        var state = automaton.Start;
        foreach (var one in "{\"a\":\"x"u8)
            state = automaton.Next(state, one)!;
        var cold = Stopwatch.StartNew();
        var mask = automaton.MaskOf(state);
        cold.Stop();
        var cached = Stopwatch.StartNew();
        for (var i = 0; i < 10_000; i++)
            Assert.Same(mask, automaton.MaskOf(state));
        var ambiguous = new ConstraintAutomaton(OutputGrammar.Compile(Forms.Regex("(.|\\n)*a(.|\\n){800}")), vocabulary);
        var worst = ambiguous.Start;
        for (var i = 0; i < 700; i++)
            worst = ambiguous.Next(worst, 'a')!;
        var slow = Stopwatch.StartNew();
        ambiguous.MaskOf(worst);
        output.WriteLine($"{worst.Places.Length} places at once: {slow.Elapsed.TotalMilliseconds:0} ms");
        output.WriteLine($"inside a string: cold {cold.Elapsed.TotalMilliseconds:0.00} ms, cached {cached.Elapsed.TotalMicroseconds / 10_000:0.000} us");
        Assert.True(vocabulary.CoversAllBytes);
    }

    private static string RandomJson(Random random, string[] words, int depth)
    {
        var kind = depth > 4 ? 2 : random.Next(3);
        var count = random.Next(4);
        return kind switch
        {
            0 => "{" + string.Join(',', Enumerable.Range(0, count).Select(_ =>
                $"{words[random.Next(24)]}:{RandomJson(random, words, depth + 1)}")) + "}",
            1 => "[" + string.Join(',', Enumerable.Range(0, count).Select(_ => RandomJson(random, words, depth + 1))) + "]",
            _ => words[random.Next(words.Length)],
        };
    }
}
