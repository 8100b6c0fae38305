using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Platforms;

namespace Gaudi.Tests.Hpu.Platforms;

/// <summary>A platform whose constructor throws.</summary>
public sealed class UnbuildablePlatform : Platform
{
    public UnbuildablePlatform(PlatformSetup setup) => throw new PlatformException("no luck");

    public override string Name => "bad";

    public override string DeviceType => "bad";

    public override OpDispatch Dispatch => OpDispatch.Native;

    public override ImmutableArray<CardFacts> Cards => [];

    public override ICard OpenCard(int index) => throw new PlatformException("no luck");

    public override AttentionChoice ChooseAttention(AttentionNeeds needs) => new(null, "no luck");
}
