using System.Collections.Immutable;

namespace Gaudi.Cluster.Disaggregation;

/// <summary>What a router stands in front of.</summary>
/// <param name="Host">Where it listens.</param>
/// <param name="Port">0 lets the system choose.</param>
/// <param name="PrefillServers">They compute prompts, in turn.</param>
/// <param name="DecodeServers">They go on with them, in turn.</param>
/// <param name="BodyBytesMax">Largest request body; a larger one is answered 413.</param>
/// <param name="StopTimeout">How long a stop waits for open answers.</param>
/// <param name="PrefillTimeout">How long a prefill server may take for one answer; then it is done without.</param>
internal sealed record RouterSettings(
    string Host, int Port, ImmutableArray<Uri> PrefillServers, ImmutableArray<Uri> DecodeServers, long BodyBytesMax,
    TimeSpan StopTimeout, TimeSpan PrefillTimeout);
