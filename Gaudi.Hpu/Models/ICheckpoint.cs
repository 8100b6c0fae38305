using Gaudi.Hpu.Quantization;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Models;

/// <summary>The weights of a model folder, read in place. Used while a model is built; one thread.</summary>
public interface ICheckpoint : IDisposable
{
    /// <summary>Where it was opened.</summary>
    string Folder { get; }

    /// <summary>Every tensor's name, ordinal order.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>What the file says of a tensor; null when it has none of that name.</summary>
    CheckpointTensor? Find(string name);

    /// <summary>The same as quantization sees it.</summary>
    StoredTensor? FindStored(string name) => Find(name) is { } found ? new StoredTensor(found.Dtype, found.Shape) : null;

    /// <summary>Reads a part of a tensor along one dimension.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="dimension">0 for rows (no copy is made: a view of the mapped file), 1 for columns (copied).</param>
    /// <param name="start">First index along the dimension.</param>
    /// <param name="length">How many indices; the whole tensor is dimension 0 from 0 to its size.</param>
    /// <returns>
    /// The part, in the file's type, decoded ones in float32; the caller disposes it. Never written to: it may be the file itself.
    /// </returns>
    /// <exception cref="CheckpointException">No such tensor, or the part lies outside it.</exception>
    Tensor Read(string name, int dimension, long start, long length);
}
