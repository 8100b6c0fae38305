using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Plugins;

namespace Gaudi.Actors.Protocols;

/// <summary>Loads the process's plugins, once, and seals the registry. Later ones get the same answer.</summary>
public sealed record OpenRegistry(IActorRef ReplyTo) : ILocalMessage;

/// <summary>The registry is sealed; the handles are of this process.</summary>
/// <param name="Load">What the process loaded.</param>
/// <param name="Table">What models are built from.</param>
public sealed record RegistrySealed(PluginLoad Load, OpTable Table) : ILocalMessage;

/// <summary>The plugins failed in a way that must stop the worker.</summary>
public sealed record RegistryFailed(string Reason, ImmutableArray<PluginOutcome> Plugins) : ILocalMessage;

/// <summary>Asks which class answers for a key.</summary>
public sealed record LookUpOp(string Key, IActorRef ReplyTo) : ILocalMessage;

/// <summary>The op that answers.</summary>
public sealed record OpFound(OpReportRow Op, string Digest) : ILocalMessage;

/// <summary>No op answers, or the registry is still open.</summary>
/// <param name="Key">What was asked.</param>
/// <param name="Reason">What is registered instead.</param>
public sealed record OpMissing(string Key, string Reason) : ILocalMessage;

/// <summary>Asks what the registry holds and why.</summary>
public sealed record GetOpReport(IActorRef ReplyTo) : ILocalMessage;

/// <summary>What the registry holds; null while it is open.</summary>
public sealed record OpReported(OpReport? Report) : ILocalMessage;
