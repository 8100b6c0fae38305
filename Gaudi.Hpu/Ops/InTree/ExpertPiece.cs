using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>A slice of a checkpoint tensor and where its values belong.</summary>
/// <param name="Slice">What the rank reads.</param>
/// <param name="Place">Copies the values read to their place; the values stay the caller's.</param>
internal sealed record ExpertPiece(WeightSlice Slice, Action<ExpertWeights, Tensor> Place);
