using Gaudi.Tests.Hpu.Models.Families;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd.Families;

/// <summary>A tiny checkpoint of each family, served over two worker processes, says what one rank in this process says.</summary>
[Collection(ProcessTests.Name)]
public sealed class FamilyServingTests
{
    private const string Norms = "hpu_layernorm";
    private const string Rotary = "hpu_rotary_embedding";

    [Theory]
    [InlineData("Gemma2ForCausalLM", 11)]
    [InlineData("Gemma3ForCausalLM", 12)]
    public async Task Gemma(string architecture, int seed)
    {
        var shape = new GemmaShape(architecture);
        using var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), seed, spreads: GemmaShape.Spread);
        await FamilyServing.AssertServesAsync(model.Folder, GemmaShape.Vocabulary, Norms, Rotary);
    }
}
