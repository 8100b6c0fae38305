using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Platforms;

namespace Gaudi.Hpu.Plugins;

/// <summary>
/// What a platform's entry point sees of the process. What it writes is buffered: it takes effect only if the platform
/// is chosen, so that a loser leaves no trace (rule R31). Used from the one thread that calls the entry point.
/// </summary>
public sealed class PluginContext
{
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly Lazy<CardProbeResult> _cards;
    private readonly Action<PluginLogLine> _log;
    private readonly List<KeyValuePair<string, string>> _writes = [];
    private readonly List<PlatformChange> _changes = [];

    internal PluginContext(
        string name,
        IReadOnlyDictionary<string, string> environment,
        Lazy<CardProbeResult> cards,
        Action<PluginLogLine> log)
    {
        Name = name;
        _environment = environment;
        _cards = cards;
        _log = log;
    }

    /// <summary>The entry point's name.</summary>
    public string Name { get; }

    /// <summary>The Gaudi cards of this machine, found or simulated. The search runs once, when first asked.</summary>
    public CardProbeResult Cards => _cards.Value;

    /// <summary>Why the platform is not for this machine; null when it did not say.</summary>
    internal string? DeclineReason { get; private set; }

    /// <summary>Variables to set if the platform is chosen, in order.</summary>
    internal ImmutableArray<KeyValuePair<string, string>> Writes => [.. _writes];

    /// <summary>What the platform changes if it is chosen.</summary>
    internal ImmutableArray<PlatformChange> Changes => [.. _changes];

    /// <summary>A variable's value, this entry point's own writes included; null when unset.</summary>
    public string? ReadEnvironment(string name)
    {
        var index = _writes.FindLastIndex(w => w.Key == name);
        return index >= 0 ? _writes[index].Value : _environment.GetValueOrDefault(name);
    }

    /// <summary>
    /// Sets a variable of the process, for native code too, if the platform is chosen. What the user set is kept.
    /// </summary>
    /// <param name="name">The variable.</param>
    /// <param name="value">Its value.</param>
    /// <param name="why">One sentence, for the report.</param>
    public void SetEnvironment(string name, string value, string why)
    {
        if (_environment.TryGetValue(name, out var users))
        {
            if (users != value)
                Log(PluginLogLevel.Info, $"{name}={users} is kept as the user set it; {Name} would set {value}: {why}");
            return;
        }
        _writes.Add(new(name, value));
        Change(name, "unset", value, why);
    }

    /// <summary>Reports a setting that the platform changes if it is chosen.</summary>
    public void Change(string setting, string from, string to, string why) =>
        _changes.Add(new PlatformChange(setting, from, to, why));

    /// <summary>Says why the platform is not for this machine: `return context.Decline("...");`.</summary>
    /// <returns>Always null.</returns>
    public string? Decline(string reason)
    {
        DeclineReason = reason;
        return null;
    }

    /// <summary>Writes a line to the log of the process.</summary>
    public void Log(PluginLogLevel level, string text) => _log(new PluginLogLine(level, text));
}
