using System.Globalization;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.model`.</summary>
/// <param name="Dtype">auto, float32 or bfloat16.</param>
/// <param name="BlockSizeTokens">Positions a KV block holds.</param>
/// <param name="KvBlockCount">Null: chosen from the card's memory.</param>
/// <param name="MaxModelLen">Null: the model's own limit. Unit: tokens.</param>
/// <param name="MemoryUtilization">Part of the card's memory for weights and KV.</param>
public sealed record ModelSettings(
    string Dtype, int BlockSizeTokens, int? KvBlockCount, int? MaxModelLen, double MemoryUtilization)
{
    /// <summary>How hidden states become an embedding where a request says nothing.</summary>
    public PoolingMode Pooling { get; init; } = PoolingMode.Mean;

    /// <summary>Whether ranks share mixtures of experts by whole experts.</summary>
    public bool IsExpertParallel { get; init; }

    /// <summary>Most experts a mixture computes in one pass over its tokens; null computes all in one.</summary>
    public int? ExpertsPerSlice { get; init; }

    /// <summary>How float8 weights and activations are scaled.</summary>
    public Fp8Settings Fp8 { get; init; } = Fp8Settings.Usual;

    /// <summary>auto, fp8, fp8_e4m3 or fp8_inc.</summary>
    public string KvCacheDtype { get; init; } = "auto";

    internal static ModelSettings Read(SettingsReader reader) => new(
        reader.OneOf("gaudi.model.dtype", "auto", "float32", "bfloat16"),
        reader.Count("gaudi.model.block-size-tokens", 1, 4096),
        reader.Count("gaudi.model.kv-block-count", 0) is > 0 and var blocks ? blocks : null,
        reader.Count("gaudi.model.max-model-len", 0) is > 0 and var tokens ? tokens : null,
        reader.Fraction("gaudi.model.memory-utilization"))
    {
        Pooling = reader.OneOf("gaudi.model.pooling", "mean", "last") == "last" ? PoolingMode.LastToken : PoolingMode.Mean,
        IsExpertParallel = reader.Switch("gaudi.model.expert-parallel"),
        ExpertsPerSlice = Slices(reader, ProcessEnvironment.Of(ProcessEnvironment.ExpertsPerSliceName)),
        KvCacheDtype = reader.OneOf("gaudi.model.kv-cache-dtype", "auto", "fp8", "fp8_e4m3", "fp8_inc"),
        Fp8 = Fp8Flags.Read(reader, ProcessEnvironment.Of),
    };

    /// <summary>A KV cache sized from memory holds no more full-length sequences than this, however many may run.</summary>
    private const int FullSequencesMax = 16;

    /// <summary>What a rank is told to load.</summary>
    /// <param name="modelFolder">The same path on every node.</param>
    /// <param name="scheduler">How many sequences run at once, and how drafts are verified.</param>
    /// <param name="draftFolder">The draft model's folder where the settings speculate with one; not read otherwise.</param>
    public ModelRunnerSettings ForFolder(string modelFolder, SchedulerSettings scheduler, string? draftFolder) =>
        new(modelFolder, Dtype, BlockSizeTokens, KvBlockCount, MaxModelLen, MemoryUtilization)
        {
            SequencesMax = Math.Min(scheduler.SequencesMax, FullSequencesMax),
            Draft = scheduler.Speculation.Method == SpeculationMethod.DraftModel
                ? new DraftSettings(draftFolder!)
                : null,
            VerifiedRowsMax = scheduler.Speculation.Method == SpeculationMethod.None
                ? 0
                : scheduler.SequencesMax * (scheduler.Speculation.TokensMax + 1),
            Verification = scheduler.Speculation.Verification,
            IsExpertParallel = IsExpertParallel,
            ExpertsPerSlice = ExpertsPerSlice,
            Fp8 = Fp8,
            KvCacheDtype = KvCacheDtype,
        };

    /// <summary>Experts of a slice: what the setting says, and where it says nothing what upstream's variable does.</summary>
    /// <param name="reader">Told what is wrong.</param>
    /// <param name="variable">Of the environment; null where it is not set.</param>
    internal static int? Slices(SettingsReader reader, string? variable)
    {
        var asked = reader.Count("gaudi.model.experts-per-slice", -1);
        if (asked == 0 && variable is { Length: > 0 } text
            && !(int.TryParse(text, CultureInfo.InvariantCulture, out asked) && asked is -1 or > 0))
            reader.Complain(ProcessEnvironment.ExpertsPerSliceName, text, "a whole number over 0, or -1 for all experts at once");
        return asked > 0 ? asked : null; // what was complained of ends the start
    }
}
