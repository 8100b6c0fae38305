using System.Globalization;

namespace Gaudi.Cluster.Node;

/// <summary>The command line of a worker: what must be known before anything is read, and what `ps` should show.</summary>
/// <param name="ParentPid">The node's process id.</param>
/// <param name="CardIndex">The card on its node, from 0.</param>
internal sealed record WorkerArguments(int ParentPid, int CardIndex)
{
    /// <summary>The hidden verb.</summary>
    internal const string Verb = "worker";

    internal string[] ToArguments() =>
    [
        "--card", CardIndex.ToString(CultureInfo.InvariantCulture),
        "--parent", ParentPid.ToString(CultureInfo.InvariantCulture),
    ];

    /// <summary>Null when the arguments are not those of a worker: only a node starts one.</summary>
    internal static WorkerArguments? Parse(string[] arguments) =>
        arguments is ["--card", var card, "--parent", var parent]
        && int.TryParse(card, NumberStyles.None, CultureInfo.InvariantCulture, out var cardIndex)
        && int.TryParse(parent, NumberStyles.None, CultureInfo.InvariantCulture, out var parentPid)
            ? new WorkerArguments(parentPid, cardIndex)
            : null;
}
