namespace Gaudi.Cluster.Node;

/// <summary>
/// Why a worker leaves, said on its standard error. The node takes the line out of the worker's log and tells it once, with
/// the worker's end: the cluster's messages may not arrive from a process that cannot start, its pipe always does.
/// </summary>
internal static class LastWords
{
    private const string Mark = "gaudi worker leaves: ";

    /// <summary>In a worker: the last thing it says.</summary>
    internal static Task SayAsync(string reason) => Console.Error.WriteLineAsync(Mark + reason.ReplaceLineEndings(" "));

    /// <summary>In a node: the reason in a line; null when the line is an ordinary one.</summary>
    internal static string? In(string line) =>
        line.StartsWith(Mark, StringComparison.Ordinal) ? line[Mark.Length..] : null;
}
