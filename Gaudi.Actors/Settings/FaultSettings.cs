using System.Net;

namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.faults`: what a test of failures may do to a process. Off in every server that serves people.</summary>
/// <param name="IsEnabled">Whether the rest counts.</param>
/// <param name="PartitionFile">Names the hosts that this process is cut off from, one a line; empty for none.</param>
/// <param name="PartitionPoll">How often that file is read.</param>
/// <param name="LaneProxy">Connects ranks to their peers; null where they dial themselves.</param>
public sealed record FaultSettings(bool IsEnabled, string PartitionFile, TimeSpan PartitionPoll, IPEndPoint? LaneProxy)
{
    /// <summary>The switch that all else needs.</summary>
    public const string EnabledKey = "gaudi.faults.enabled";

    internal static FaultSettings Read(SettingsReader reader)
    {
        var isEnabled = reader.Switch(EnabledKey);
        var poll = reader.Milliseconds("gaudi.faults.partition-poll-ms");
        return new FaultSettings(
            isEnabled, Guarded(reader, "gaudi.faults.partition-file", isEnabled), poll,
            Endpoint(reader, "gaudi.faults.lane-proxy", isEnabled));
    }

    private static string Guarded(SettingsReader reader, string key, bool isEnabled)
    {
        var value = reader.Text(key);
        if (value.Length > 0 && !isEnabled)
            reader.Complain(key, value, $"nothing while {EnabledKey} is off");
        return value;
    }

    private static IPEndPoint? Endpoint(SettingsReader reader, string key, bool isEnabled)
    {
        var value = Guarded(reader, key, isEnabled);
        if (IPEndPoint.TryParse(value, out var endpoint) && endpoint.Port > 0)
            return endpoint;
        if (isEnabled && value.Length > 0)
            reader.Complain(key, value, "an address and a port, such as 127.0.0.1:7001");
        return null;
    }
}
