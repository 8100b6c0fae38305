using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Settings;

namespace Gaudi.Cluster.Node;

/// <summary>What `serve` tells while it starts. One thread at a time.</summary>
/// <param name="output">Standard output of `serve`; standard error of `ask`.</param>
/// <param name="log">Where lines go once the node is ready.</param>
internal sealed class StartLines(TextWriter output, TextWriter log)
{
    private static readonly JsonSerializerOptions Pasted = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What the line begins with that has the server's URL.</summary>
    internal const string ReadyStart = "ready    ";

    private bool _isReady;

    private TextWriter Target => _isReady ? log : output;

    /// <summary>What is about to be served, and by whom.</summary>
    internal void Serving(string model, string folder, int tensorParallelSize, int replicaCount, string node) => Target.WriteLine(
        $"gaudi    serves {model} from {folder} at tensor-parallel size {tensorParallelSize}"
        + $"{(replicaCount == 1 ? "" : $", {replicaCount} replicas")}; "
        + $"this is node {node}, process {Environment.ProcessId}");

    /// <summary>How the node found its cards.</summary>
    internal void Cards(CardPlan plan) => Target.WriteLine(
        $"cards    {plan.CardCount}, {(plan.SpareCount > 0 ? $"{plan.SpareCount} of them spare, " : "")}{plan.Why}");

    /// <summary>What happened, in a line or a few: results while the node starts, and log lines afterwards.</summary>
    internal void Tell(NodeEvent happened)
    {
        var target = Target;
        foreach (var line in NodeEventLines.Of(happened))
            target.WriteLine(line);
        target.Flush();
    }

    /// <summary>The node offers its cards to the cluster.</summary>
    internal void Joined(HostPort seed, string address)
    {
        Target.WriteLine($"ready    joined the cluster of {seed} as {address}");
        Target.Flush();
        _isReady = true;
    }

    /// <summary>The cluster put the node out.</summary>
    internal void PutOut(string reason) => Log($"out      {reason}");

    /// <summary>A try to come back failed.</summary>
    internal void StaysOut(string reason) => Log($"out      still, and it tries again: {reason}");

    /// <summary>The node is a member again.</summary>
    internal void CameBack(string node) => Log($"back     in the cluster as {node}");

    private void Log(string line)
    {
        log.WriteLine(line);
        log.Flush();
    }

    /// <summary>What the engine does.</summary>
    internal void Stats(string line)
    {
        log.WriteLine(line);
        log.Flush();
    }

    /// <summary>The node was told to stop, and lets the accepted requests end.</summary>
    internal void Draining(int count, TimeSpan limit)
    {
        if (count == 0)
            return;
        log.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"stopping: {count} requests run, waiting up to {limit.TotalSeconds:0.#} s for them; a second signal stops at once"));
        log.Flush();
    }

    /// <summary>Some had no end in time.</summary>
    internal void DrainTimeIsOver(int count)
    {
        log.WriteLine($"stopping: the time to drain is over, {count} requests end now with finish reason abort");
        log.Flush();
    }

    /// <summary>The server answers.</summary>
    /// <param name="url">Where.</param>
    /// <param name="model">What clients name.</param>
    /// <param name="needsKey">Requests need an API key: the line to paste takes it from the environment.</param>
    internal void Ready(Uri url, string model, bool needsKey = false)
    {
        var body = JsonSerializer.Serialize(new
        {
            model,
            messages = new[] { new { role = "user", content = "What is 17 + 25?" } },
        }, Pasted);
        var server = url.GetLeftPart(UriPartial.Authority);
        // Pasted as it is: a single quote inside would end the shell's string.
        var quoted = body.Replace("'", "'\\''", StringComparison.Ordinal);
        var key = needsKey ? $"-H \"Authorization: Bearer ${ProcessEnvironment.ApiKeyName}\" " : "";
        output.WriteLine(ReadyStart + server);
        output.WriteLine($"try      curl {server}/v1/chat/completions {key}-H 'Content-Type: application/json' -d '{quoted}'");
        output.Flush();
        _isReady = true;
    }
}
