using Gaudi.Hpu;

namespace Gaudi.Actors.Requests;

/// <summary>
/// The places of a gateway, one a choice. The first choice of a request that arrives decides for all of them: it takes every
/// place the request needs, or none, and the others hear the same. One thread.
/// </summary>
/// <param name="placeMax">Places there are.</param>
internal sealed class GatewayPlaces(int placeMax)
{
    private readonly Dictionary<string, Arriving> _arriving = new(StringComparer.Ordinal);

    /// <summary>Places taken: by choices that are here, and for those still to come of requests that were admitted.</summary>
    internal int TakenCount { get; private set; }

    /// <summary>Whether choices of this request are still to come.</summary>
    internal bool Awaits(string groupId) => _arriving.ContainsKey(groupId);

    /// <summary>A choice has come. When the answer is Taken, its place is given back by one call of <see cref="Leave"/>.</summary>
    /// <param name="group">Its request's choices; null when it is the only one.</param>
    internal PlaceAnswer Arrive(ChoiceGroup? group)
    {
        if (group is null)
            return Take(1);
        var known = _arriving.GetValueOrDefault(group.Id) ?? new Arriving(Take(group.Size), group.Size);
        if (known.MissingCount == 1)
            _arriving.Remove(group.Id);
        else
            _arriving[group.Id] = known with { MissingCount = known.MissingCount - 1 };
        return known.Answer;
    }

    /// <summary>A choice that had a place has gone.</summary>
    internal void Leave() => Free(1);

    /// <summary>Gives back the places of those choices of a request that never came. Nothing where all came.</summary>
    internal void Lapse(string groupId)
    {
        if (_arriving.Remove(groupId, out var gone) && gone.Answer == PlaceAnswer.Taken)
            Free(gone.MissingCount);
    }

    private PlaceAnswer Take(int count)
    {
        if (count > placeMax)
            return PlaceAnswer.TooLarge;
        if (count > placeMax - TakenCount)
            return PlaceAnswer.Full;
        TakenCount += count;
        return PlaceAnswer.Taken;
    }

    private void Free(int count)
    {
        Invariant.That(count <= TakenCount, $"{count} places were given back and {TakenCount} are taken");
        TakenCount -= count;
    }

    private sealed record Arriving(PlaceAnswer Answer, int MissingCount);
}
