using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Ops;

namespace Gaudi.Hpu.Platforms;

/// <summary>
/// The built-in platform: the host's processor. It stands for as many cards as the settings simulate, else one.
/// </summary>
public sealed class CpuPlatform : Platform
{
    /// <summary>Shares half of the free memory among its cards.</summary>
    public CpuPlatform(PlatformSetup setup)
    {
        var count = setup.Simulate?.Count ?? 1;
        var memoryBytes = setup.Simulate?.MemoryBytes
            ?? CardMemory.SimulatedBytes(CardGeneration.Cpu, setup.AvailableBytes(), count);
        Cards =
        [
            .. Enumerable.Range(0, count).Select(index => new CardFacts(
                index, SimulatedCards.NameOf(CardGeneration.Cpu), CardGeneration.Cpu, IsSimulated: false, memoryBytes,
                SimulatedCards.Fp8Max(CardGeneration.Cpu), "cpu")),
        ];
    }

    /// <inheritdoc />
    public override string Name => "cpu";

    /// <inheritdoc />
    public override string DeviceType => "cpu";

    /// <inheritdoc />
    public override OpDispatch Dispatch => OpDispatch.Cpu;

    /// <inheritdoc />
    public override ImmutableArray<CardFacts> Cards { get; }

    /// <inheritdoc />
    public override ImmutableArray<string> SupportedQuantizations => Models.ModelConfig.SupportedQuantizations;

    /// <inheritdoc />
    public override ICard OpenCard(int index) => new HostCard(CardAt(index));

    /// <inheritdoc />
    public override AttentionChoice ChooseAttention(AttentionNeeds needs) => needs switch
    {
        { IsSparse: true } => new AttentionChoice(null, "sparse attention is not supported on cpu"),
        { UsesMla: true } => new AttentionChoice(AttentionChoice.PagedLatent, "the only one cpu has for latents"),
        _ => new AttentionChoice(AttentionChoice.Paged, "the only one cpu has for heads of their own"),
    };
}
