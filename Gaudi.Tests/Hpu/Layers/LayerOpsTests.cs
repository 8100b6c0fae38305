using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.Models;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Layers;

/// <summary>Each weight knows which slice its rank owns.</summary>
public sealed class LayerOpsTests
{
    [Theory]
    [InlineData("LlamaForCausalLM", true, true)]
    [InlineData("Qwen2ForCausalLM", false, false)]
    [InlineData("Qwen3ForCausalLM", true, false)]
    public void Slices_of_all_ranks_cover_each_tensor_once_and_replicate_norms_and_row_biases_alone(
        string architecture, bool isTied, bool hasBias)
    {
        using var model = RandomModel.Write(new RandomModelShape(architecture) { IsTied = isTied, HasBias = hasBias });
        var config = ModelConfig.Read(model.Folder);
        foreach (var worldSize in new[] { 1, 2, 4, 8 })
        {
            var slices = Enumerable.Range(0, worldSize).SelectMany(rank =>
            {
                var lane = new RankLane(new SilentRank(rank, worldSize));
                using var ops = new LayerOps(OpTable.InTree(), ScalarType.Float32, CPU, lane);
                ModelFamilies.Of(config).Build(config, ops, maxPositions: 8);
                return ops.Weighted.SelectMany(op => op.Slices).ToArray();
            }).ToLookup(slice => slice.Name);
            Assert.Equal(
                model.Shape.Tensors().Select(one => one.Name).Order(StringComparer.Ordinal),
                slices.Select(one => one.Key).Order(StringComparer.Ordinal));
            foreach (var (name, size) in model.Shape.Tensors())
            {
                Assert.All(slices[name], slice => Assert.Equal(size.Select(one => (long)one), slice.Shape));
                var isReplicated = new[] { "norm.weight", "layernorm.weight", "o_proj.bias", "down_proj.bias" }
                    .Any(end => name.EndsWith(end, StringComparison.Ordinal));
                var end = 0L;
                foreach (var slice in slices[name])
                {
                    Assert.Equal(isReplicated ? 0 : end, slice.Start);
                    end = slice.Start + slice.Length;
                }
                Assert.Equal(size[slices[name].First().Dimension], end);
            }
        }
    }
}
