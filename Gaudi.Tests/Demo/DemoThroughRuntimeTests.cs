using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Gaudi.Actors.Text;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Tests.Hpu.Execution;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Training.Exams;
using Gaudi.Tests.Training.Tokens;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Demo;

/// <summary>The bundled model through the product's own road: chat template, tokenizer, loader, runner.</summary>
public sealed class DemoThroughRuntimeTests(ITestOutputHelper output)
{
    private const int Seed = 20_261_125;
    private const int SumCount = 100;

    private static readonly string Folder = DemoModel.Folder("gaudi-demo");
    private static readonly Tokenizer Tokenizer = Tokenizer.Load(Folder);
    private static readonly ChatTemplate Template = ChatTemplate.Load(Folder)!;
    private static readonly ModelRunnerSettings Settings = Runners.Settings(Folder) with { MaxModelLen = 512 };
    private static readonly int EndOfTurn = Tokenizer.IdOf("<|im_end|>")!.Value;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Demo_answers_98_of_100_held_out_sums(int worldSize)
    {
        var questions = Exam.Sums(Seed, SumCount);
        var right = Runners.Same(
            Settings, worldSize, runner => questions.Count(one => one.IsRight(Answer(runner, one.Question))));
        Assert.InRange(right, 98, SumCount);
    }

    /// <summary>A byte for each key and value costs few of the answers, over the narrower range too.</summary>
    [Fact]
    public void Demo_with_keys_and_values_in_float8_answers_nine_of_ten_sums()
    {
        const int FewSums = 40; // one after another, to spare the suite
        var facts = new CardFacts(0, "Test card", CardGeneration.Gaudi2, true, 1L << 30, 240, "simulated");
        using var card = new HostCard(facts);
        using var runner = ModelLoader.Load(
            Settings with { KvCacheDtype = "fp8" }, card, PluginOps.Table(), new SingleRankCollective(1));
        var right = Exam.Sums(Seed, FewSums).Count(one => one.IsRight(Answer(runner, one.Question)));
        output.WriteLine($"{right} of {FewSums} right");
        Assert.InRange(right, 0.9 * FewSums, FewSums);
    }

    [Fact]
    public void Demo_answers_alike_on_one_rank_and_on_two()
    {
        var questions = Exam.Sums(Seed + 1, 10).Concat(Exam.Facts().Take(3)).ToList();
        string Answers(int worldSize) => Runners.Same(
            Settings, worldSize,
            runner => string.Join("|", questions.Select(one => string.Join(",", Generate(runner, one.Question)))));
        Assert.Equal(Answers(1), Answers(2));
    }

    [Fact]
    public void Both_tokenizers_give_the_same_ids()
    {
        var trainer = TokenizerCorpus.MakeTokenizer();
        foreach (var question in Exam.Sums(Seed, 200).Concat(Exam.Facts()).Concat(Exam.Reversals(Seed, 200)))
        {
            Assert.Equal(trainer.Encode(question.Question), Tokenizer.Encode(question.Question, addSpecialTokens: false));
        }
    }

    [Fact]
    public void Demo_answers_alike_in_blocks_that_other_answers_have_used() => Runners.Same(Settings, 1, runner =>
    {
        var questions = Exam.Facts().Take(10).Select(one => one.Question).ToList();
        var first = questions.Select(question => Answer(runner, question)).ToList();
        var watch = Stopwatch.StartNew();
        var again = questions.AsEnumerable().Reverse().Select(question => Answer(runner, question)).Reverse().ToList();
        var tokenCount = again.Sum(answer => Tokenizer.Encode(answer, addSpecialTokens: false).Length);
        output.WriteLine($"{tokenCount / watch.Elapsed.TotalSeconds:F0} tokens/s, prompts included");
        Assert.Equal(first, again);
        return tokenCount;
    });

    private static string Answer(IModelRunner runner, string question) =>
        Tokenizer.Decode(Generate(runner, question).AsSpan(), skipSpecialTokens: true);

    private static ImmutableArray<int> Generate(IModelRunner runner, string question)
    {
        var text = Template.Render(new ChatTemplateInput(
            [new JsonObject { ["role"] = "user", ["content"] = question }], Tools: null, AddGenerationPrompt: true,
            BosToken: "", EosToken: "<|im_end|>", TimeProvider.System));
        var prompt = Tokenizer.Encode(text, addSpecialTokens: false);
        var blockCount = (prompt.Length + 128 + Runners.BlockSizeTokens) / Runners.BlockSizeTokens;
        var script = new Script(1, prompt, [.. Enumerable.Range(0, blockCount)], Script.Greedy with { LogprobCount = null });
        for (var step = 1L; script.Tokens.Count < prompt.Length + 120; step++)
        {
            var next = script.Next();
            var result = runner.Run(new StepPlan(step, [next]));
            script.Apply(next, result);
            if (result.Tokens[0].TokenId == EndOfTurn)
                break;
        }
        return [.. script.Tokens.Skip(prompt.Length).Where(token => token != EndOfTurn)];
    }
}
