using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Platforms;
using Gaudi.Hpu.Plugins;
using Gaudi.Tests.Hpu.Ops;

namespace Gaudi.Tests.Hpu.Plugins;

/// <summary>A machine for one plugin host: what it may see, and what it did.</summary>
internal sealed class PluginWorld(IPluginSource? source = null)
{
    internal List<PluginLogLine> Log { get; } = [];

    internal List<(string Name, string Value)> EnvironmentWrites { get; } = [];

    internal Dictionary<string, string> Environment { get; } = [];

    internal PluginFailurePolicy OnFailure { get; init; } = PluginFailurePolicy.Report;

    internal bool TrimAllowList { get; init; }

    internal string? RequestedPlatform { get; init; }

    internal SimulatedCardSettings? Simulate { get; init; }

    internal IReadOnlyList<string> CustomOps { get; init; } = [];

    internal IReadOnlyList<string> DisabledOps { get; init; } = [];

    internal ImmutableArray<BuiltInPlatform> BuiltIns { get; init; } = [BuiltInPlatform.Cpu];

    internal ImmutableArray<Type>? InTreeOps { get; init; } = [typeof(ProbeOp), typeof(OtherOp)];

    internal PlatformConfig Config { get; init; } = new();

    internal string ProgramFolder { get; init; } = AppContext.BaseDirectory;

    internal IEnumerable<string> Warnings => Log.Where(l => l.Level == PluginLogLevel.Warning).Select(l => l.Text);

    /// <summary>A new host, as a new worker process has one.</summary>
    internal PluginHost Host()
    {
        var settings = new PluginHostSettings(
            Environment, ProgramFolder, OnFailure, TrimAllowList, RequestedPlatform, Simulate, CustomOps, DisabledOps)
        {
            Config = Config,
        };
        var seams = new PluginHostSeams
        {
            Source = source,
            SetEnvironment = (name, value) => EnvironmentWrites.Add((name, value)),
            Probe = new NoCards(),
            AvailableBytes = () => 8L << 30,
            BuiltIns = BuiltIns,
        };
        if (InTreeOps is { } ops)
            seams = seams with { InTreeOps = ops };
        return new PluginHost(settings, TimeProvider.System, line => { lock (Log) Log.Add(line); }, seams);
    }

    internal PluginLoad Load() => Host().Load();

    private sealed class NoCards : ICardProbe
    {
        public CardProbeResult Probe() => new([], "no Gaudi card found: this is a test");
    }
}
