namespace Gaudi.Actors.Settings;

/// <summary>The settings cannot be used. The message lists every problem: the key, the value, what is allowed.</summary>
public sealed class SettingsException(IReadOnlyList<string> problems)
    : Exception($"{problems.Count} setting{(problems.Count == 1 ? "" : "s")} cannot be used: {string.Join("; ", problems)}")
{
    /// <summary>One sentence each.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
