namespace Gaudi.Tests.Storm;

/// <summary>Which epochs of the group serve: never two at once over all nodes, and they only rise, wherever its replica lives.</summary>
internal sealed class EpochLedger
{
    private readonly SortedDictionary<string, long> _serving = new(StringComparer.Ordinal);
    private long _newest; // That served.

    /// <summary>Takes the next event; those of others are passed over.</summary>
    internal void Take(StormEvent happened, List<string> violations)
    {
        switch (happened.Kind)
        {
            case StormEventKind.Serves:
                Serve(happened.Node!, happened.Epoch!.Value, violations);
                break;
            case StormEventKind.Forms:
                _serving.Remove(happened.Node!);
                if (happened.Epoch <= _newest)
                    violations.Add($"node {happened.Node} forms epoch {happened.Epoch} after epoch {_newest} served");
                break;
            case StormEventKind.Waits or StormEventKind.NodeEnded:
                _serving.Remove(happened.Node!);
                break;
        }
    }

    private void Serve(string node, long epoch, List<string> violations)
    {
        if (epoch <= _newest)
            violations.Add($"node {node} serves epoch {epoch} after epoch {_newest}");
        foreach (var (other, running) in _serving)
            violations.Add($"two epochs serve at once: {running} on node {other} and {epoch} on node {node}");
        _serving[node] = epoch;
        _newest = Math.Max(_newest, epoch);
    }
}
