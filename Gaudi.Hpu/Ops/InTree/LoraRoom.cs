namespace Gaudi.Hpu.Ops.InTree;

/// <summary>The place a model keeps for adapters on the card.</summary>
/// <param name="SlotCount">Adapters that one batch may use.</param>
/// <param name="RankMax">Highest rank; lower ones are padded with zeros, so a row's chain is as long in every slot.</param>
/// <param name="Batch">Says which rows use which.</param>
public sealed record LoraRoom(int SlotCount, int RankMax, LoraBatch Batch);
