using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu.Plugins;

namespace Gaudi.Actors.Devices;

/// <summary>What a node knows of one of its cards. Immutable.</summary>
/// <param name="CardIndex">From 0.</param>
/// <param name="Incarnation">Starts of its worker so far.</param>
/// <param name="Token">Of the newest start.</param>
/// <param name="State">starting, ready, restarting, draining, failed or quarantined.</param>
/// <param name="Reason">Why it is not ready.</param>
/// <param name="Pid">Of its worker; null when none runs.</param>
/// <param name="Ready">The handshake; null before it and after the worker's end.</param>
/// <param name="Plugins">Of the newest worker that told.</param>
public sealed record CardSlot(
    int CardIndex, long Incarnation, string Token, string State, string Reason, int? Pid, WorkerReady? Ready,
    ImmutableArray<PluginOutcome> Plugins)
{
    /// <summary>A card whose worker was never started.</summary>
    public static CardSlot Empty(int cardIndex) => new(cardIndex, 0, "", "starting", "its worker was not started yet", null, null, []);

    /// <summary>Restarts that still count.</summary>
    public int RecentRestartCount { get; init; }

    /// <summary>The group that has the card; null when it is free.</summary>
    public string? GroupId { get; init; }

    /// <summary>The weights its worker has; null for none.</summary>
    public LoadedSlice? Loaded { get; init; }

    /// <summary>Restarts so far.</summary>
    public int RestartCount => (int)Math.Max(0, Incarnation - 1);

    /// <summary>How its worker ended the last time; empty when it never did.</summary>
    public string LastExit { get; init; } = "";

    /// <summary>True when its worker is not started again, because its node drains.</summary>
    public bool IsDrained { get; init; }

    /// <summary>True when its worker was told to stop.</summary>
    public bool IsLeaving { get; init; }

    /// <summary>True when no group may have it, on purpose.</summary>
    public bool IsTakenOut => State is CardOffer.Restarting or CardOffer.Draining;

    /// <summary>Takes it out of use: no group may have it, while its worker lives until no group does.</summary>
    /// <param name="isDrained">True where its worker is not to be started again.</param>
    /// <param name="reason">For people.</param>
    public CardSlot TakeOut(bool isDrained, string reason) => this with
    {
        State = isDrained ? CardOffer.Draining : CardOffer.Restarting, Reason = reason, IsDrained = isDrained,
    };

    /// <summary>It may be used again after all.</summary>
    public CardSlot PutBack() => this with { State = "ready", Reason = "", IsDrained = false };

    /// <summary>The next start of the worker.</summary>
    public CardSlot Start(string token) => this with
    {
        Incarnation = Incarnation + 1, Token = token, State = "starting", Reason = "its worker is starting", Pid = null, Ready = null,
        GroupId = null, Loaded = null, IsLeaving = false,
    };

    /// <summary>Why a handshake is not taken; null when it is.</summary>
    public string? Refusal(long incarnation, string token) =>
        incarnation != Incarnation ? $"incarnation {incarnation} of card {CardIndex} is not the newest, which is {Incarnation}"
        : token.Length == 0 || token != Token ? $"the token of card {CardIndex} is wrong"
        : null;

    /// <summary>The handshake was taken.</summary>
    public CardSlot Accept(WorkerReady ready) => this with
    {
        State = "ready", Reason = "", Pid = ready.Pid, Ready = ready, Plugins = ready.Plugins,
    };

    /// <summary>Another group has the card, or none.</summary>
    public CardSlot Hold(WorkerHeld held) => this with { GroupId = held.GroupId, Loaded = held.Loaded };

    /// <summary>The worker cannot be used, and says why.</summary>
    public CardSlot Fail(WorkerFailed failed) => this with
    {
        State = "failed", Reason = failed.Reason, Ready = null, Plugins = failed.Plugins, GroupId = null, Loaded = null,
    };

    /// <summary>The worker is to be killed.</summary>
    public CardSlot Condemn(string reason) => this with
    {
        State = "failed", Reason = reason, Ready = null, GroupId = null, Loaded = null,
    };

    /// <summary>The worker is gone.</summary>
    public CardSlot End(string reason, bool isFinal) => this with
    {
        Token = "", State = IsDrained ? CardOffer.Draining : isFinal ? CardOffer.Quarantined : "failed", Reason = reason, Pid = null,
        Ready = null, GroupId = null, Loaded = null, LastExit = reason,
    };

    /// <summary>What others see.</summary>
    public CardOffer Offer(string node, IActorRef minder) => new(
        node, CardIndex, State, Reason, Pid, Ready?.Generation ?? "", Ready?.IsSimulated ?? false, Ready?.MemoryBytes ?? 0,
        Ready?.Digest ?? "", Ready?.RegistryLines ?? [], Ready?.Endpoint ?? "", State == "ready" ? Ready?.Worker : null)
    {
        GroupId = GroupId, Loaded = Loaded, Incarnation = Incarnation, Minder = minder, LastExit = LastExit,
    };
}
