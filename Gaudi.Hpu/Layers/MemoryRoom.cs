using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>For how much every layer makes room.</summary>
/// <param name="BlockCount">Blocks of positions.</param>
/// <param name="SlotCount">Sequences whose states are kept at once.</param>
/// <param name="BlockSizeTokens">Positions a block; a multiple of 8.</param>
/// <param name="Dtype">Of stored keys and values.</param>
/// <param name="Device">Where it lives.</param>
public sealed record MemoryRoom(int BlockCount, int SlotCount, int BlockSizeTokens, ScalarType Dtype, Device Device);
