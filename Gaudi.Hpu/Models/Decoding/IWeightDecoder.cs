using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Models.Decoding;

/// <summary>
/// One weight that a checkpoint stores as codes and scales, read as the plain weight it stands for. Whoever computes with the
/// codes themselves asks the checkpoint for <see cref="Parts"/> instead.
/// </summary>
internal interface IWeightDecoder
{
    /// <summary>What ops ask for.</summary>
    string Name { get; }

    /// <summary>The plain weight: the tensor that holds its codes, and the shape once decoded.</summary>
    CheckpointTensor Weight { get; }

    /// <summary>The stored tensors it is made of; no op asks for them.</summary>
    ImmutableArray<string> Parts { get; }

    /// <summary>Decodes a part along one dimension; nothing outside it is decoded.</summary>
    /// <param name="dimension">0 for rows, 1 for columns.</param>
    /// <param name="start">First index along it. Need not begin a group or a block.</param>
    /// <param name="length">How many indices.</param>
    /// <returns>[rows, columns] in float32; the caller disposes it.</returns>
    Tensor Read(int dimension, long start, long length);
}
