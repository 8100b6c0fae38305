namespace Gaudi.Hpu.Execution;

/// <summary>The place a rank keeps for LoRA adapters.</summary>
/// <param name="SlotCount">Adapters one step may use: their weights lie on the card.</param>
/// <param name="RankMax">Highest rank of an adapter.</param>
/// <param name="AdapterCountMax">Adapters that may be loaded: those without a slot lie in the host's memory.</param>
public sealed record LoraSettings(int SlotCount, int RankMax, int AdapterCountMax);
