using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Platforms;

namespace SamplePlatform;

/// <summary>Hardware of somebody else: two small cards, computed on the CPU.</summary>
public sealed class SampleHardware(PlatformSetup setup) : Platform
{
    private const long CardMemoryBytes = 1L << 30;

    /// <inheritdoc />
    public override string Name => "sample";

    /// <inheritdoc />
    public override string DeviceType => "sample";

    /// <inheritdoc />
    public override OpDispatch Dispatch => OpDispatch.OutOfTree;

    /// <inheritdoc />
    public override ImmutableArray<CardFacts> Cards { get; } =
    [
        .. Enumerable.Range(0, setup.Simulate?.Count ?? 2).Select(index => new CardFacts(
            index, "Sample card", CardGeneration.Cpu, IsSimulated: true, CardMemoryBytes, Fp8Max: 448f, "sample")),
    ];

    /// <inheritdoc />
    public override ICard OpenCard(int index) => new HostCard(CardAt(index));

    /// <inheritdoc />
    public override AttentionChoice ChooseAttention(AttentionNeeds needs) => new("paged", "the only one");
}
