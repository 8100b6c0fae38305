using Gaudi.Hpu.Layers;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// The images of one step, each encoded once, when a pass first needs it. An image's rows are neighbours in a step, so one
/// image is kept at a time: until another one's token comes, or the step ends.
/// </summary>
internal sealed class StepImages(StepPlan plan, IImageEncoder? encoder) : IDisposable
{
    private (int Sequence, int Image) _current;
    private Tensor? _encoded; // [tokens of the current image, hidden]

    /// <summary>Puts the images' rows in the place of their tokens' embeddings.</summary>
    /// <param name="pass">Whose rows these are.</param>
    /// <param name="embeddings">[rows, hidden]. Overwritten where a token is an image's.</param>
    public void Place(StepPass pass, Tensor embeddings)
    {
        foreach (var one in pass.Images)
        {
            using var scope = NewDisposeScope();
            embeddings.narrow(0, one.Row, 1).copy_(Encoded(one).narrow(0, one.TokenIndex, 1)); // [1, hidden]
        }
    }

    /// <inheritdoc />
    public void Dispose() => _encoded?.Dispose();

    private Tensor Encoded(ImageRow one)
    {
        var key = (one.SequenceIndex, one.ImageIndex);
        if (_encoded is not null && _current == key)
            return _encoded;
        _encoded?.Dispose();
        _encoded = null;
        var image = plan.Sequences[one.SequenceIndex].Images[one.ImageIndex];
        var tokens = (encoder ?? throw new InvariantBrokenException("a model without eyes was given an image"))
            .Encode(image).DetachFromDisposeScope(); // [tokens of the image, hidden]
        Invariant.That(tokens.shape[0] == image.TokenCount, $"{tokens.shape[0]} tokens of an image of {image.TokenCount}");
        _current = key;
        return _encoded = tokens;
    }
}
