using System.Collections.Immutable;

namespace Gaudi.Cluster.InProcess;

/// <summary>How a .NET host serves a model to itself. What is null or empty has the default of hocon/reference.conf.</summary>
public sealed record GaudiEngineOptions
{
    /// <summary>A Hugging Face model folder, or the name of a bundled model.</summary>
    public string Model { get; init; } = "gaudi-demo";

    /// <summary>How many cards share the model: 1, 2, 4 or 8.</summary>
    public int? TensorParallelSize { get; init; }

    /// <summary>Longest sequence. Unit: tokens.</summary>
    public int? MaxModelLen { get; init; }

    /// <summary>Where the seeds of requests that bring none begin; null: a new place each time.</summary>
    public ulong? Seed { get; init; }

    /// <summary>A HOCON file over the defaults.</summary>
    public string? SettingsFile { get; init; }

    /// <summary>`KEY=VALUE` over the file, in order; keys as in hocon/reference.conf.</summary>
    public ImmutableArray<string> Settings { get; init; } = [];

    /// <summary>Receives lines about the start, the workers and the group. Must allow writes from several threads.</summary>
    public TextWriter Log { get; init; } = TextWriter.Null;
}
