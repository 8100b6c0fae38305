using Akka.Configuration;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Platforms;
using Gaudi.Hpu.Plugins;

namespace Gaudi.Actors.Settings;

/// <summary>Everything under `gaudi` in the configuration, read once at start and passed down as records.</summary>
public sealed record GaudiSettings(
    PluginSettings Plugins, SimulatedCardSettings? Simulate, OpSettings Ops, ModelSettings Model, GroupSettings Group,
    SchedulerSettings Scheduler, RequestSettings Requests, WorkerSettings Workers, CollectiveSettings Collectives,
    HttpSettings Http, NodePatience Node, TimeSpan ReportTimeout)
{
    /// <summary>Adapters.</summary>
    public AdapterSettings Lora { get; init; } = AdapterSettings.None;

    /// <summary>The folder of the certificates that members of the cluster show each other; empty where they show none.</summary>
    public string CertificateFolder { get; init; } = "";
    /// <summary>How many replicas serve, and how a gateway chooses among them.</summary>
    public required ReplicaSettings Replicas { get; init; }

    /// <summary>How nodes live together.</summary>
    public required ClusterSettings Cluster { get; init; }

    /// <summary>How KV blocks are handed to another server, or taken from one; null where they are not.</summary>
    public KvTransferSettings? KvTransfer { get; init; }

    /// <summary>What a test of failures may do to this process; nothing, anywhere else.</summary>
    public required FaultSettings Faults { get; init; }

    /// <summary>The node's event log.</summary>
    public required EventSettings Events { get; init; }

    /// <summary>Reads the settings.</summary>
    /// <param name="config">Overrides with hocon/reference.conf as the last fallback.</param>
    /// <param name="furtherProblems">What others found in the same configuration, to be told with the rest.</param>
    /// <exception cref="SettingsException">Unknown keys, wrong types, values out of range: all of them at once.</exception>
    public static GaudiSettings Load(Config config, params IEnumerable<string> furtherProblems)
    {
        var reader = new SettingsReader(config);
        var settings = Read(reader);
        var problems = reader.Problems.Concat(UnknownKeys(config, reader.Keys)).Concat(furtherProblems).ToList();
        return problems.Count == 0 ? settings : throw new SettingsException(problems);
    }

    /// <summary>Every key that <see cref="Load"/> reads, ordinal order.</summary>
    public static IReadOnlyList<string> ReadKeys(Config config)
    {
        var reader = new SettingsReader(config);
        Read(reader);
        return [.. reader.Keys];
    }

    /// <summary>What the platform is asked to check.</summary>
    public PlatformConfig ForPlatform() => new()
    {
        CustomOps = [.. Ops.CustomOps],
        Dtype = Model.Dtype,
        BlockSizeTokens = Model.BlockSizeTokens,
        PrefixCaching = Scheduler.CachesPrefixes,
        SpeculativeDecoding = Scheduler.Speculation.Method != SpeculationMethod.None,
    };

    private static GaudiSettings Read(SettingsReader reader)
    {
        var plugins = PluginSettings.Read(reader);
        var simulate = ReadSimulation(reader);
        var ops = new OpSettings(reader.List("gaudi.ops.custom-ops"), reader.List("gaudi.ops.disable"));
        var model = ModelSettings.Read(reader);
        return new GaudiSettings(
            plugins, simulate, ops, model,
            GroupSettings.Read(reader),
            SchedulerSettings.Read(reader, model),
            RequestSettings.Read(reader),
            WorkerSettings.Read(reader),
            CollectiveSettings.Read(reader),
            HttpSettings.Read(reader),
            NodePatience.Read(reader),
            reader.Milliseconds("gaudi.reports.timeout-ms"))
        {
            Cluster = ClusterSettings.Read(reader),
            Lora = AdapterSettings.Read(reader, ProcessEnvironment.Of(ProcessEnvironment.LoraUpdatingName)),
            Replicas = ReplicaSettings.Read(reader),
            KvTransfer = KvTransferSettings.Read(reader),
            CertificateFolder = reader.Text("gaudi.security.certificates"),
            Faults = FaultSettings.Read(reader),
            Events = EventSettings.Read(reader),
        };
    }

    private static SimulatedCardSettings? ReadSimulation(SettingsReader reader)
    {
        var generation = reader.OneOf("gaudi.cards.simulate.generation", "gaudi2", "gaudi3", "none");
        var count = reader.Count("gaudi.cards.simulate.count", 1, 1024);
        var bytes = reader.Bytes("gaudi.cards.simulate.memory-bytes");
        return generation == "none"
            ? null
            : new SimulatedCardSettings(
                generation == "gaudi2" ? CardGeneration.Gaudi2 : CardGeneration.Gaudi3, count, bytes == 0 ? null : bytes);
    }

    // What settings may begin with: ours, Akka's, and the dispatcher of native work.
    private static readonly string[] Roots = ["gaudi", "akka", "gaudi-card"];

    private static IEnumerable<string> UnknownKeys(Config config, IReadOnlySet<string> known)
    {
        IEnumerable<string> given = config.HasPath("gaudi") ? Leaves(config, "gaudi") : [];
        return given
            .Where(key => !known.Contains(key))
            .Concat(config.AsEnumerable().Select(one => one.Key).Where(root => !Roots.Contains(root)))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(key => $"{key} is no key of this version: see hocon/reference.conf");
    }

    private static IEnumerable<string> Leaves(Config config, string path)
    {
        var value = config.GetValue(path);
        if (value is null || !value.IsObject())
            return [path];
        return value.GetObject().Items.Keys.SelectMany(key => Leaves(config, $"{path}.{key}"));
    }
}
