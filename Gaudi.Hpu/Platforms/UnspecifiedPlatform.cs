using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Ops;

namespace Gaudi.Hpu.Platforms;

/// <summary>No platform: none is active, or the choice failed (rule R30). It can do nothing but say why.</summary>
/// <param name="reason">One sentence that names the candidates.</param>
public sealed class UnspecifiedPlatform(string reason) : Platform
{
    /// <inheritdoc />
    public override string Name => "unspecified";

    /// <inheritdoc />
    public override string DeviceType => "";

    /// <inheritdoc />
    public override OpDispatch Dispatch => OpDispatch.Native;

    /// <inheritdoc />
    public override ImmutableArray<CardFacts> Cards => [];

    /// <inheritdoc />
    public override ICard OpenCard(int index) => throw new PlatformException(reason);

    /// <inheritdoc />
    public override AttentionChoice ChooseAttention(AttentionNeeds needs) => new(null, reason);
}
