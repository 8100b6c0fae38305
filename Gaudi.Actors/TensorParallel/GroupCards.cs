using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Settings;

namespace Gaudi.Actors.TensorParallel;

/// <summary>
/// The cards of one group from epoch to epoch: who had which rank, which cards refused it, how often in a row it failed, and
/// with that which cards come next and when. No actor in it.
/// </summary>
internal sealed class GroupCards(string groupId, GroupSettings settings)
{
    // Two ranks may be lost in a row; a third time something else is wrong.
    private const int FailuresAtOnceMax = 2;

    private readonly List<Refusal> _refusals = [];
    private readonly Dictionary<(string Node, int Index), int> _places = [];
    private ImmutableArray<CardOffer> _all = [];
    private ImmutableArray<CardOffer> _last = [];
    private ImmutableArray<CardOffer> _served = [];
    private int _failureCount;
    private bool _hasOtherNodes;

    /// <summary>A card of the newest epoch whose worker is gone; null while all are there.</summary>
    internal CardOffer? Lost => _last.FirstOrDefault(card => IsLost(card) && !IsTakenOut(card));

    /// <summary>A card of the newest epoch that its node has taken out of use on purpose, as it is now; null for none.</summary>
    internal CardOffer? TakenOut => AllTakenOut.Select(card => _all.First(now => now.Name == card.Name)).FirstOrDefault();

    /// <summary>All such cards, as the newest epoch knew them, with their workers.</summary>
    internal IEnumerable<CardOffer> AllTakenOut => _last.Where(IsTakenOut);

    /// <summary>Why a card's worker is gone, as its node says.</summary>
    internal string ReasonOf(CardOffer lost) => _all.FirstOrDefault(card => card.Name == lost.Name)?.Reason ?? "its node is gone";

    /// <summary>True when a lost card's worker may live: its node is gone, or shows no card.</summary>
    internal bool WentWithItsNode(CardOffer lost) =>
        _all.FirstOrDefault(card => card.Name == lost.Name) is null or { State: CardOffer.Withheld };

    /// <summary>Cards that a group with an earlier name wants as well: they are given back, because one of two must yield.</summary>
    internal ImmutableArray<CardOffer> ToYield => _refusals.Any(one => Yields(one.HeldBy))
        ? [.. _last.Where(card => !IsLost(card) && !HasServed(card) && !HasRefused(card))]
        : [];

    /// <summary>
    /// True when no card that comes back can help: on the only node that ever had cards too few are not quarantined. Where other
    /// nodes had some, they may come again.
    /// </summary>
    internal bool AreTooFewForEver =>
        !_hasOtherNodes && _all.Length >= settings.TensorParallelSize
        && _all.Count(card => card.State != CardOffer.Quarantined) < settings.TensorParallelSize;

    /// <summary>The newest epoch of the group that a card tells of: a supervisor that moved here begins above it.</summary>
    internal long NewestEpoch => _all.Where(card => card.Loaded?.GroupId == groupId).Max(card => card.Loaded?.Epoch) ?? 0;

    /// <summary>True while a card is left out that may be free without our knowing.</summary>
    internal bool IsInDoubt => _refusals.Any(one => one.HeldBy is not null || one.Hangs);

    /// <summary>Workers that hang and are still there: their node may not have heard that they are to be killed.</summary>
    internal ImmutableArray<(CardOffer Card, string Reason)> Condemned =>
        [.. _refusals.Where(one => one.Hangs).Select(one => (Now(one.Worker)!, one.Reason))];

    /// <summary>A card on a place that the group lost, whose worker registered something else: it may be tried anew.</summary>
    internal CardOffer? Stranger => _all.FirstOrDefault(card =>
        card.IsReady && card.GroupId is null && _served.FirstOrDefault(one => Now(one.Worker!) is not null) is { } survivor
        && card.Digest != survivor.Digest && _served.Any(one => one.Name == card.Name && !card.Worker!.Equals(one.Worker)));

    /// <summary>What the inventory says now.</summary>
    internal void See(ImmutableArray<CardOffer> all)
    {
        _all = all;
        _hasOtherNodes = _hasOtherNodes || all.Select(card => card.Node).Distinct(StringComparer.Ordinal).Skip(1).Any();
        _refusals.RemoveAll(one => Now(one.Worker) is not { } card || (one.HeldBy is not null && card.GroupId is not null));
    }

    /// <summary>The cards of the next epoch in rank order, or what is missing.</summary>
    internal (ImmutableArray<CardOffer> Cards, string Missing) Choose()
    {
        var taken = _all
            .Where(card => card.GroupId is not null && card.GroupId != groupId)
            .ToDictionary(card => card.Name, card => $"it serves group {card.GroupId}", StringComparer.Ordinal);
        foreach (var refusal in _refusals)
            taken[Now(refusal.Worker)!.Name] = refusal.Reason;
        var (cards, missing) = Placement.Choose(_all, settings.TensorParallelSize, taken, Before());
        return missing.Length == 0 && RegistryDiff.Of(cards) is { } difference ? ([], difference) : (cards, missing);
    }

    /// <summary>An epoch begins with these.</summary>
    internal void Form(ImmutableArray<CardOffer> cards) => _last = cards;

    /// <summary>Every rank of the epoch is prepared.</summary>
    internal void Commit() => _served = _last;

    /// <summary>A rank refuses.</summary>
    /// <returns>True where another card is to be tried in its place; false where the refusal is the group's.</returns>
    internal bool Refuse(RankRefused refused)
    {
        var card = _last[refused.Rank];
        // What a newcomer cannot do, such as read the model's folder on its node, the others have shown to be possible.
        var isNewcomer = !_served.IsEmpty && !HasServed(card);
        if (refused.HeldBy is null && !(refused.IsFinal && isNewcomer))
            return false;
        _refusals.Add(new Refusal(card.Worker!, refused.Reason, refused.HeldBy));
        return true;
    }

    /// <summary>A worker hangs: no epoch forms on it, until its node has another one.</summary>
    internal void Condemn(CardOffer card, string reason)
    {
        if (Now(card.Worker!) is not null)
            _refusals.Add(new Refusal(card.Worker!, reason, null, Hangs: true));
    }

    /// <summary>True when a card of the newest epoch cannot be in the next: its worker is gone, or hangs.</summary>
    internal bool HasGap => _last.Any(card => IsLost(card) || _refusals.Any(one => one.HeldBy is null && one.Worker.Equals(card.Worker)));

    /// <summary>True when one of these was not in the newest epoch.</summary>
    internal bool HasNewcomer(ImmutableArray<CardOffer> cards) => cards.Any(card => !_last.Any(one => one.Worker!.Equals(card.Worker)));

    /// <summary>True when the worker of this card is gone.</summary>
    internal bool IsLost(CardOffer card) => Find(card) is not { IsReady: true } now || !now.Worker!.Equals(card.Worker);

    /// <summary>One more epoch was over without a served step.</summary>
    internal void Fail() => _failureCount++;

    /// <summary>A step was served, or the group stood for long.</summary>
    internal void Settle() => _failureCount = 0;

    /// <summary>True when the next epoch need not wait: what was wrong is known and left out.</summary>
    internal bool MayFormAtOnce => _failureCount <= FailuresAtOnceMax;

    /// <summary>The wait before the next try where the same may go wrong again: it doubles with every failure in a row.</summary>
    internal TimeSpan Delay => TimeSpan.FromTicks((long)Math.Min(
        settings.ReformLongest.Ticks, settings.ReformDelay.Ticks * Math.Pow(2, Math.Clamp(_failureCount - 1, 0, 30))));

    /// <summary>The wait is over: whoever had a card may have given it back.</summary>
    internal void Retry() => _refusals.RemoveAll(one => one.HeldBy is not null);

    // A supervisor that moved here knows nothing; the cards still know whose weights they have.
    private ImmutableArray<CardOffer?> Before() => _last.IsEmpty
        ?
        [
            .. Enumerable.Range(0, settings.TensorParallelSize)
                .Select(rank => _all.Where(card => card.Loaded?.GroupId == groupId && card.Loaded.Rank == rank))
                .Select(cards => cards.MaxBy(card => card.Loaded!.Epoch)),
        ]
        : [.. _last.Select(CardOffer? (card) => card)];

    private bool IsTakenOut(CardOffer card) => Find(card) is { IsTakenOut: true } now && now.Incarnation == card.Incarnation;

    // The card as it is now. Every change of a thousand cards asks for each of the group's: it is mostly where it was.
    private CardOffer? Find(CardOffer card)
    {
        var key = (card.Node, card.CardIndex);
        if (_places.TryGetValue(key, out var place) && place < _all.Length && IsSame(_all[place], card))
            return _all[place];
        for (var index = 0; index < _all.Length; index++)
        {
            if (!IsSame(_all[index], card))
                continue;
            _places[key] = index;
            return _all[index];
        }
        return null;
    }

    private static bool IsSame(CardOffer one, CardOffer other) => one.CardIndex == other.CardIndex && one.Node == other.Node;

    private bool HasServed(CardOffer card) => _served.Any(one => one.Worker!.Equals(card.Worker));

    private bool HasRefused(CardOffer card) => _refusals.Any(one => one.Worker.Equals(card.Worker));

    private CardOffer? Now(IActorRef worker) => _all.FirstOrDefault(card => card.IsReady && card.Worker!.Equals(worker));

    private bool Yields(string? holder) => holder is not null && string.CompareOrdinal(holder, groupId) < 0;

    private sealed record Refusal(IActorRef Worker, string Reason, string? HeldBy, bool Hangs = false);
}
