using System.Text.Json;

namespace Gaudi.Cluster.Node;

/// <summary>What a worker reads as the first line of its standard input.</summary>
/// <param name="CardIndex">The card on its node, from 0.</param>
/// <param name="Incarnation">Counts the starts of this card's worker, from 1.</param>
/// <param name="Token">Shown in the handshake. It travels by pipe because any user can read a command line.</param>
/// <param name="NodeRef">The full path of the node's actor the worker reports to.</param>
/// <param name="Settings">HOCON laid over the defaults: what the node itself was started with.</param>
/// <param name="SignalGrace">How long after a signal to end the node may take to let this worker go.</param>
internal sealed record WorkerStart(
    int CardIndex, long Incarnation, string Token, string NodeRef, string Settings, TimeSpan SignalGrace)
{
    /// <summary>One line without line breaks.</summary>
    internal string ToLine() => JsonSerializer.Serialize(this);

    /// <summary>Reads <see cref="ToLine"/>'s line.</summary>
    /// <exception cref="JsonException">The line is no such object.</exception>
    internal static WorkerStart FromLine(string line) =>
        JsonSerializer.Deserialize<WorkerStart>(line) ?? throw new JsonException("expected an object, came null");
}
