using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Models;

/// <summary>What a checkpoint says of one tensor.</summary>
/// <param name="Name">As written in the file.</param>
/// <param name="Dtype">Of the stored values.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Bytes">Stored bytes.</param>
public sealed record CheckpointTensor(string Name, ScalarType Dtype, ImmutableArray<long> Shape, long Bytes)
{
    /// <summary>Whether its values are decoded from codes and scales; type and shape are those of the plain weight then.</summary>
    public bool IsDecoded { get; init; }
}
