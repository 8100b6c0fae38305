namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.replicas`.</summary>
/// <param name="Count">Replicas of the model: `data-parallel-size`.</param>
/// <param name="AffinityTokensMax">How much more than the least loaded a replica may have to do and be chosen for what it cached.</param>
/// <param name="AffinityBlocksMax">Blocks of prompts remembered of each replica; 0 for none.</param>
/// <param name="Watch">Between two questions to a replica how it is.</param>
/// <param name="Silent">Silence after which a replica is left.</param>
public sealed record ReplicaSettings(int Count, long AffinityTokensMax, int AffinityBlocksMax, TimeSpan Watch, TimeSpan Silent)
{
    /// <summary>Most replicas of a model: each of eight ranks fills a thousand cards.</summary>
    public const int CountMax = 128;

    /// <summary>Questions in a row without an answer after which a replica is left.</summary>
    public int SilentBeats => (int)Math.Max(1, Math.Ceiling(Silent / Watch));

    internal static ReplicaSettings Read(SettingsReader reader) => new(
        reader.Count("gaudi.replicas.data-parallel-size", 1, CountMax),
        reader.Count("gaudi.replicas.affinity-load-tokens", 0),
        reader.Count("gaudi.replicas.affinity-blocks-max", 0, 1 << 24),
        reader.Milliseconds("gaudi.replicas.watch-ms"),
        reader.Milliseconds("gaudi.replicas.silent-ms"));
}
