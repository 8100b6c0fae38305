using Gaudi.Hpu;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Layers;
using Gaudi.Tests.Hpu.Ops.InTree;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Execution;

public sealed class StepImagesTests
{
    [Fact]
    public void Tokens_of_an_image_take_its_rows_and_each_image_is_encoded_once()
    {
        var encoder = new CountingEncoder();
        var first = new SequenceStep(1, [10, 11, 12, 13], 0, 4, [0], null, 0) { Images = [new PromptImage(1, 1, 2, [7])] };
        var second = new SequenceStep(2, [20, 21], 3, 5, [1], null, 0) { Images = [new PromptImage(2, 2, 1, [9])] };
        var plan = new StepPlan(1, [first, second]);
        using var images = new StepImages(plan, encoder);
        var placed = new List<float>();
        foreach (var pass in StepPass.Of(plan, rowsMax: 2))
        {
            using var embeddings = zeros([pass.Rows.Count, 2], ScalarType.Float32);
            images.Place(pass, embeddings);
            placed.AddRange(embeddings.Floats());
        }
        // [row][2]: the image's first pixel and the token's number in it.
        Assert.Equal([0, 0, 7, 0, 7, 1, 0, 0, 9, 1, 0, 0], placed);
        Assert.Equal(2, encoder.Count);
    }

    [Fact]
    public void Model_without_eyes_refuses_an_image()
    {
        var plan = new StepPlan(1, [new SequenceStep(1, [10], 0, 1, [0], null, 0) { Images = [new PromptImage(0, 1, 1, [7])] }]);
        using var images = new StepImages(plan, encoder: null);
        using var embeddings = zeros([1, 2], ScalarType.Float32);
        Assert.Throws<InvariantBrokenException>(() => images.Place(StepPass.Of(plan, 2).Single(), embeddings));
    }

    private sealed class CountingEncoder : IImageEncoder
    {
        public int Count { get; private set; }

        public Tensor Encode(PromptImage image)
        {
            Count++;
            return tensor(
                Enumerable.Range(0, image.TokenCount).SelectMany(token => new[] { image.Pixels[0], (float)token }).ToArray(),
                [image.TokenCount, 2]);
        }
    }
}
