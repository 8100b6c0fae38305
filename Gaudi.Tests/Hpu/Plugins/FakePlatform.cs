using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Platforms;

namespace Gaudi.Tests.Hpu.Plugins;

/// <summary>A platform that a fake plugin offers.</summary>
public sealed class FakePlatform(PlatformSetup setup) : Platform
{
    public PlatformSetup Setup { get; } = setup;

    public override string Name => "fake";

    public override string DeviceType => "fake";

    public override OpDispatch Dispatch => OpDispatch.OutOfTree;

    public override ImmutableArray<CardFacts> Cards => [];

    public override ICard OpenCard(int index) => new HostCard(CardAt(index));

    public override AttentionChoice ChooseAttention(AttentionNeeds needs) => new(null, "it has none");
}
