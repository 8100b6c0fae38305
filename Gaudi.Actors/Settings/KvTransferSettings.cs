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
/// <param name="CrowdedTimeout">How long blocks are kept while nothing runs and they leave the next request no room.</param>
public sealed record KvTransferSettings(
    string Connector, KvRole Role, bool FailureEnds, string? EngineId, string Host, int Port, TimeSpan ReleaseTimeout,
    TimeSpan StallTimeout, long BytesPerSecond, int LoadsMax, TimeSpan CrowdedTimeout)
{
    /// <summary>Upstream's names.</summary>
    public const string RecomputePolicy = "recompute";

    private const string ConnectorKey = "gaudi.kv-transfer.connector";
    private const string ReleaseKey = "gaudi.kv-transfer.release-timeout-ms";
    private const int SecondsMax = 1_000_000;
    private const string PortKey = "gaudi.kv-transfer.side-channel-port";
    private const string HostKey = "gaudi.kv-transfer.side-channel-host";

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
            HostOf(reader),
            FromEnvironment(reader, ProcessEnvironment.SideChannelPortName, ushort.MaxValue) is var port and > 0
                ? Said(reader.Count(PortKey, 1, ushort.MaxValue), port)
                : reader.Count(PortKey, 1, ushort.MaxValue),
            FromEnvironment(reader, ProcessEnvironment.AbortTimeoutName, SecondsMax) is var seconds and > 0
                ? Said(reader.Milliseconds(ReleaseKey), TimeSpan.FromSeconds(seconds))
                : reader.Milliseconds(ReleaseKey),
            reader.Milliseconds("gaudi.kv-transfer.stall-timeout-ms"),
            reader.Bytes("gaudi.kv-transfer.lane-bytes-per-second"),
            reader.Count("gaudi.kv-transfer.loads-max", 1, 4096),
            reader.Milliseconds("gaudi.kv-transfer.crowded-timeout-ms"));
        return connector.Length == 0 ? null : settings;
    }

    private static string HostOf(SettingsReader reader)
    {
        var said = reader.Text(HostKey);
        return ProcessEnvironment.Of(ProcessEnvironment.SideChannelHostName) ?? said;
    }

    // Upstream's variables come before the settings; what the settings say is checked all the same.
    private static T Said<T>(T setting, T variable)
    {
        _ = setting;
        return variable;
    }

    // 0 where the variable is not set, or wrong.
    private static int FromEnvironment(SettingsReader reader, string name, int most)
    {
        if (ProcessEnvironment.Of(name) is not { } text)
            return 0;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= most)
            return number;
        reader.Complain(name, text, $"a whole number from 1 to {most}");
        return 0;
    }
}
