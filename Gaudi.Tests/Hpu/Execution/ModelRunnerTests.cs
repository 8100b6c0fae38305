using System.Collections.Immutable;
using Gaudi.Tests.Hpu.Models;
using Xunit;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>Same bits whatever the group size, the batch, the chunks and the history.</summary>
public sealed class ModelRunnerTests
{
    private static readonly int[] Prompt = [.. Enumerable.Range(0, 37).Select(i => (i * 29 + 3) % 101)];
    private static readonly ImmutableArray<int> Blocks = [5, 0, 9, 3, 11, 7];

    [Theory]
    [InlineData("LlamaForCausalLM", false)]
    [InlineData("Qwen2ForCausalLM", true)]
    [InlineData("Qwen3ForCausalLM", false)]
    public void Logits_have_the_same_bits_on_1_2_4_and_8_ranks(string architecture, bool isTied)
    {
        using var model = RandomModel.Write(new RandomModelShape(architecture) { IsTied = isTied });
        var results = new[] { 1, 2, 4, 8 }.Select(worldSize => Runners.Same(
            Runners.Settings(model.Folder), worldSize,
            runner => string.Join('\n', new Script(1, Prompt, Blocks, Script.Greedy).Generate(runner, 12)))).ToArray();
        Assert.All(results, result => Assert.Equal(results[0], result));
    }
}
