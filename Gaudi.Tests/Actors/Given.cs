using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Execution;

namespace Gaudi.Tests.Actors;

/// <summary>What tests of actors begin with.</summary>
internal static class Given
{
    /// <summary>The defaults of the product.</summary>
    internal static Config Reference { get; } = ConfigurationFactory.ParseString(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "hocon", "reference.conf")));

    /// <summary>The defaults with these keys over them.</summary>
    internal static GaudiSettings Settings(string overrides = "") =>
        GaudiSettings.Load(ConfigurationFactory.ParseString(overrides).WithFallback(Reference));

    internal static SamplingParameters Greedy { get; } = new(0, 1, -1, 0, 7, null);

    internal static GenerationRequest Request(
        string id, IEnumerable<int> prompt, int tokensMax = 5, int choice = 0, params ReadOnlySpan<int> stopTokenIds) =>
        new(id, "fake", [.. prompt], Greedy, tokensMax, [.. stopTokenIds], choice);

    internal static CardOffer Card(
        string node, int index, IActorRef? worker, string digest = "aaaa", string reason = "", params ReadOnlySpan<string> lines) =>
        new(node, index, worker is null ? "starting" : "ready", reason, worker is null ? null : 100 + index, "gaudi3", true,
            1L << 30, digest, [.. lines], $"{node}:{index}", worker);

    internal static ReplicaRouting Routing(params string[] replicaIds) => new([.. replicaIds], Settings().Replicas, 4);

    internal static ModelRunnerSettings Model { get; } = new("/models/fake", "auto", 4, null, null, 0.9);
}
