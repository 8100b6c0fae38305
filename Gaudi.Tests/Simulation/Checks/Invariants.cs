using Gaudi.Tests.Simulation.Engine;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation.Checks;

/// <summary>What must hold at every moment, told by whoever sees it. A broken one ends the run. One thread.</summary>
/// <param name="trace">Gets a line for each violation.</param>
internal sealed class Invariants(TraceLog trace)
{
    private const int KeptMax = 20;
    private readonly Dictionary<string, long> _servedEpochs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _agreedEpochs = new(StringComparer.Ordinal);

    /// <summary>What was broken, in order; the first ones.</summary>
    internal List<string> Violations { get; } = [];

    /// <summary>How often each was looked at.</summary>
    internal SortedDictionary<string, long> Looks { get; } = new(StringComparer.Ordinal);

    /// <summary>One is broken.</summary>
    internal void Fail(string name, string what)
    {
        if (Violations.Count >= KeptMax)
            return;
        Violations.Add($"{name}: {what}");
        trace.Write("violation", $"\"of\":{TraceLog.Text(name)},\"what\":{TraceLog.Text(what)}");
    }

    /// <summary>One is looked at.</summary>
    internal void That(string name, bool holds, Func<string> what)
    {
        Looks[name] = Looks.GetValueOrDefault(name) + 1;
        if (!holds)
            Fail(name, what());
    }

    /// <summary>A step is complete on every rank.</summary>
    internal void Stepped(LaneGroup group)
    {
        var newest = _servedEpochs.GetValueOrDefault(group.GroupId);
        That("one serving epoch", group.Epoch >= newest,
            () => $"{group.GroupId}: a step of epoch {group.Epoch} was complete after one of epoch {newest}");
        _servedEpochs[group.GroupId] = Math.Max(newest, group.Epoch);
        if (_agreedEpochs.GetValueOrDefault(group.GroupId) == group.Epoch)
            return;
        _agreedEpochs[group.GroupId] = group.Epoch;
        var versions = group.Members.Select(one => one!.PluginVersion).Distinct(StringComparer.Ordinal).ToArray();
        That("same registry on all ranks", versions.Length == 1,
            () => $"{group.GroupId} epoch {group.Epoch} steps with plugins {string.Join(", ", versions)}");
        That("registration before lookup", group.Members.All(one => one!.HasRegistered),
            () => $"{group.GroupId} epoch {group.Epoch} steps on a worker whose plugins have not registered");
    }
}
