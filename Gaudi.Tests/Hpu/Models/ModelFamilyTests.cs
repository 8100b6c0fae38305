using System.Collections.Immutable;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Models;
using Gaudi.Tests.Hpu.Execution;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models;

/// <summary>Every family against an independent forward pass in double arithmetic.</summary>
public sealed class ModelFamilyTests
{
    private static readonly int[] Tokens = [.. Enumerable.Range(0, 45).Select(i => (i * 31 + 7) % 101)];
    private static readonly ImmutableArray<int> Blocks = [3, 1, 2, 6];

    [Theory]
    [InlineData("LlamaForCausalLM", 8, 8, false, false, false)]
    [InlineData("LlamaForCausalLM", 8, 2, true, true, false)]
    [InlineData("LlamaForCausalLM", 6, 3, false, false, true)]
    [InlineData("Qwen2ForCausalLM", 8, 4, true, false, false)]
    [InlineData("Qwen2ForCausalLM", 4, 1, false, false, false)]
    [InlineData("Qwen3ForCausalLM", 8, 2, true, false, false)]
    [InlineData("Qwen3ForCausalLM", 4, 4, false, true, false)]
    public void Log_probabilities_are_the_papers_to_float32_precision(
        string architecture, int heads, int kvHeads, bool isTied, bool hasBias, bool hasLlama3Scaling)
    {
        using var model = RandomModel.Write(new RandomModelShape(architecture)
        {
            Heads = heads, KvHeads = kvHeads, HeadDim = 12, IsTied = isTied, HasBias = hasBias,
            HasLlama3Scaling = hasLlama3Scaling, Layers = 3, Seed = heads,
        });
        Compare(model, 2e-4); // float32: some hundred roundings of 6e-8 on values up to 10, and float32 angles
    }

    /// <summary>Made for 32 positions, stretched to 128: the tokens from the 33rd on stand where only scaling reaches.</summary>
    [Theory]
    [InlineData("linear")]
    [InlineData("dynamic")]
    public void A_stretched_context_is_served_to_its_end(string stretch)
    {
        var shape = new RandomModelShape { MaxPositions = 32, Stretch = stretch, HeadDim = 12 };
        using var model = RandomModel.Write(shape);
        Compare(model, 2e-4); // float32, as above
        Assert.Equal(128, Runners.Run(Runners.Settings(model.Folder), 1, runner => runner.Facts.MaxModelLen)[0]);
        var error = Assert.Throws<CheckpointException>(() => ModelLimits.Check(Config(shape), worldSize: 1, maxModelLen: 129));
        Assert.Contains("--max-model-len must be 1 to the model's 128 positions, not 129", error.Message);
    }

    [Theory]
    [InlineData("Qwen2ForCausalLM", 5)]
    [InlineData("Qwen3ForCausalLM", 16)]
    [InlineData("Qwen3ForCausalLM", 44)]
    public void Windowed_layers_see_their_window_and_the_others_all(string architecture, int windowTokens)
    {
        using var model = RandomModel.Write(
            new RandomModelShape(architecture) { Layers = 3, KvHeads = 4, WindowTokens = windowTokens });
        Compare(model, 2e-4); // float32, as above
    }

    [Theory]
    [InlineData("LlamaForCausalLM")]
    [InlineData("Qwen2ForCausalLM")]
    [InlineData("Qwen3ForCausalLM")]
    public void Bfloat16_models_stay_within_their_rounding(string architecture)
    {
        using var model = RandomModel.Write(
            new RandomModelShape(architecture) { Dtype = ScalarType.BFloat16, KvHeads = 4, HeadDim = 16 });
        Compare(model, 0.15); // bfloat16: some dozen roundings of 2^-9 on values up to 10
    }

    private static void Compare(RandomModel model, double tolerance)
    {
        var exact = new DoubleForward(model).LogProbabilities(Tokens);
        var vocabulary = model.Shape.Vocabulary;
        var everything = Script.Greedy with { LogprobCount = vocabulary };
        Runners.Run(Runners.Settings(model.Folder), worldSize: 1, runner =>
        {
            Assert.Equal(model.Shape.Dtype == ScalarType.BFloat16 ? "bfloat16" : "float32", runner.Facts.Dtype);
            // Half of the tokens as the prompt, the others as generated, each drawn from.
            for (var count = 20; count <= Tokens.Length; count++)
            {
                var first = count == 20 ? 0 : count - 1;
                var output = runner.Run(new StepPlan(1,
                    [new SequenceStep(1, [.. Tokens[first..count]], first, 20, Blocks, everything, Choice: 0)]));
                var drawn = output.Tokens.Single();
                Assert.Equal(vocabulary, drawn.Alternatives.Length);
                Assert.Equal(count, drawn.Position);
                Assert.Equal(drawn.Alternatives[0].TokenId, drawn.TokenId);
                foreach (var (tokenId, logprob) in drawn.Alternatives)
                    Assert.InRange(
                        logprob, exact[count - 1][tokenId] - tolerance, exact[count - 1][tokenId] + tolerance);
            }
            return 0;
        });
    }

    [Fact]
    public void What_cannot_be_built_is_refused_with_every_reason()
    {
        var config = Config(new RandomModelShape("Qwen2ForCausalLM") { KvHeads = 2 }) with
        {
            QuantizationMethod = "gptq",
        };
        var error = Assert.Throws<CheckpointException>(() => ModelLimits.Check(config, 4, 512));
        Assert.Contains(
            "2 key-value heads cannot be divided over --tensor-parallel-size 4; choose one of 1, 2", error.Message);
        Assert.Contains("gptq", error.Message);
        Assert.DoesNotContain("attention heads cannot", error.Message);
    }

    [Theory]
    [InlineData(3, 512, "--tensor-parallel-size must be 1, 2, 4 or 8, not 3")]
    [InlineData(16, 512, "--tensor-parallel-size must be 1, 2, 4 or 8, not 16")]
    [InlineData(1, 513, "--max-model-len must be 1 to the model's 512 positions, not 513")]
    [InlineData(1, 0, "--max-model-len must be 1 to the model's 512 positions, not 0")]
    public void A_group_or_a_length_out_of_range_is_refused(int worldSize, int maxModelLen, string message)
    {
        var error = Assert.Throws<CheckpointException>(
            () => ModelLimits.Check(Config(new RandomModelShape()), worldSize, maxModelLen));
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void Heads_and_feed_forward_columns_that_do_not_split_are_named()
    {
        var config = Config(new RandomModelShape { Heads = 6, KvHeads = 6, Ffn = 97 });
        var error = Assert.Throws<CheckpointException>(() => ModelLimits.Check(config, 4, 512));
        Assert.Contains("6 attention heads", error.Message);
        Assert.Contains("6 key-value heads", error.Message);
        Assert.Contains("97 feed-forward columns", error.Message);
        ModelLimits.Check(config, 1, 512);
    }

    private static ModelConfig Config(RandomModelShape shape)
    {
        using var model = RandomModel.Write(shape);
        return ModelConfig.Read(model.Folder);
    }
}
