using System.Globalization;
using Gaudi.Hpu.KvTransfer;

namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.kv-transfer`, where a connector is set.</summary>
/// <param name="Connector">Looked up by the ranks among what their plugins registered.</param>
/// <param name="Role">What the group does.</param>
/// <param name="FailureEnds">Whether a request ends when its blocks did not come; else the rest of its prompt is computed.</param>
/// <param name="EngineId">Names the server's life; null: a new name each time.</param>
/// <param name="Host">Where ranks listen for peers.</param>
/// <param name="Port">Of rank 0.</param>
/// <param name="ReleaseTimeout">How long blocks are kept for a server that does not fetch them.</param>
/// <param name="StallTimeout">A silent peer is given up after this.</param>
/// <param name="BytesPerSecond">Most bytes a second one peer reads of one rank; 0 sets no limit.</param>
/// <param name="LoadsMax">Most requests whose blocks are brought at once.</param>
public sealed record KvTransferSettings(
    string Connector, KvRole Role, bool FailureEnds, string? EngineId, string Host, int Port, TimeSpan ReleaseTimeout,
    TimeSpan StallTimeout, long BytesPerSecond, int LoadsMax)
{
    /// <summary>Upstream's names.</summary>
    public const string RecomputePolicy = "recompute";

    private const string ConnectorKey = "gaudi.kv-transfer.connector";
    private const string PortKey = "gaudi.kv-transfer.side-channel-port";
    private const string HostUnlessSaid = "localhost";
    private const int PortUnlessSaid = 5600;
    private static readonly TimeSpan ReleaseUnlessSaid = TimeSpan.FromSeconds(300);

    /// <summary>For the ranks.</summary>
    /// <param name="newEngineId">The engine's name where the settings give none.</param>
    public KvConnectorSettings ForRanks(string newEngineId) =>
        new(Connector, Role, EngineId ?? newEngineId, Host, Port, StallTimeout, BytesPerSecond);

    internal static KvTransferSettings? Read(SettingsReader reader)
    {
        var connector = reader.Text(ConnectorKey);
        var settings = new KvTransferSettings(
            connector,
            reader.OneOf("gaudi.kv-transfer.role", "kv_producer", "kv_consumer", "kv_both") switch
            {
                "kv_producer" => KvRole.Producer,
                "kv_consumer" => KvRole.Consumer,
                _ => KvRole.Both,
            },
            reader.OneOf("gaudi.kv-transfer.load-failure-policy", RecomputePolicy, "fail") == "fail",
            reader.Text("gaudi.kv-transfer.engine-id") is { Length: > 0 } engineId ? engineId : null,
            reader.Text("gaudi.kv-transfer.side-channel-host") is { Length: > 0 } host
                ? host
                : ProcessEnvironment.Of(ProcessEnvironment.SideChannelHostName) ?? HostUnlessSaid,
            Number(reader, PortKey, ushort.MaxValue, ProcessEnvironment.SideChannelPortName) ?? PortUnlessSaid,
            Number(reader, "gaudi.kv-transfer.release-timeout-ms", int.MaxValue, null) is { } milliseconds
                ? TimeSpan.FromMilliseconds(milliseconds)
                : ReleaseFromEnvironment(reader) ?? ReleaseUnlessSaid,
            reader.Milliseconds("gaudi.kv-transfer.stall-timeout-ms"),
            reader.Bytes("gaudi.kv-transfer.lane-bytes-per-second"),
            reader.Count("gaudi.kv-transfer.loads-max", 1, 4096));
        return connector.Length == 0 ? null : settings;
    }

    // 0 says nothing: then a variable of upstream's may.
    private static int? Number(SettingsReader reader, string key, int most, string? variable)
    {
        var asked = reader.Count(key, 0, most);
        if (asked > 0 || variable is null || ProcessEnvironment.Of(variable) is not { } text)
            return asked > 0 ? asked : null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 && number <= most)
            return number;
        reader.Complain(variable, text, $"a whole number from 1 to {most}");
        return null;
    }

    private static TimeSpan? ReleaseFromEnvironment(SettingsReader reader)
    {
        const int SecondsMax = 1_000_000;
        if (ProcessEnvironment.Of(ProcessEnvironment.AbortTimeoutName) is not { } text)
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= SecondsMax)
            return TimeSpan.FromSeconds(seconds);
        reader.Complain(ProcessEnvironment.AbortTimeoutName, text, $"a whole number of seconds from 1 to {SecondsMax}");
        return null;
    }
}
