using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Gaudi.Hpu.Models.Lora;

/// <summary>What adapter_config.json says.</summary>
/// <param name="Rank">Columns of B, where no pattern says otherwise.</param>
/// <param name="Alpha">Over the rank, or its root: the scale.</param>
/// <param name="IsRankStabilized">Whether the scale is over the root.</param>
/// <remarks>Source: huggingface/peft, LoraConfig (0.17, 2025); Kalajdzievski 2023 (rsLoRA), section 3.</remarks>
public sealed record PeftConfig(int Rank, double Alpha, bool IsRankStabilized)
{
    private ImmutableArray<(Regex Pattern, double Value)> Ranks { get; init; } = [];

    private ImmutableArray<(Regex Pattern, double Value)> Alphas { get; init; } = [];

    /// <summary>Highest rank of any module.</summary>
    public int RankMax => Math.Max(Rank, (int)Ranks.Select(one => one.Value).DefaultIfEmpty().Max());

    /// <summary>Reads and checks it.</summary>
    /// <param name="folder">The adapter's.</param>
    /// <param name="rankMax">Highest rank that is served.</param>
    /// <exception cref="CheckpointException">It cannot be read, or asks for more than plain LoRA of at most that rank.</exception>
    public static PeftConfig Read(string folder, int rankMax)
    {
        var fields = JsonFields.Open(Path.Combine(folder, PeftFolder.ConfigFile));
        if ((fields.Text("peft_type") ?? "LORA") is var kind && !kind.Equals("LORA", StringComparison.OrdinalIgnoreCase))
            fields.Problem("peft_type", "LORA", kind);
        foreach (var (name, why) in Refused)
        {
            if (fields.IsSet(name) is { } came)
                fields.Problem(name, $"none ({why})", came);
        }
        if ((fields.Text("bias") ?? "none") is var bias && bias != "none")
            fields.Problem("bias", "none (trained biases are not served)", bias);
        var config = new PeftConfig(
            fields.RequiredCount("r"), fields.PositiveNumber("lora_alpha") ?? 8, fields.Flag("use_rslora") ?? false)
        {
            Ranks = Patterns(fields, "rank_pattern"), Alphas = Patterns(fields, "alpha_pattern"),
        };
        if (config.RankMax > rankMax)
            fields.Problem(
                config.RankMax > config.Rank ? "rank_pattern" : "r", $"a rank of at most {rankMax} (--max-lora-rank)", $"{config.RankMax}");
        fields.ThrowIfProblems(null);
        return config;
    }

    /// <summary>The rank of a module's A and B.</summary>
    public int RankOf(string module) => (int)Find(Ranks, module, Rank);

    /// <summary>What B A x is multiplied with.</summary>
    public float ScaleOf(string module)
    {
        double rank = RankOf(module);
        return (float)(Find(Alphas, module, Alpha) / (IsRankStabilized ? Math.Sqrt(rank) : rank));
    }

    private static readonly (string Name, string Why)[] Refused =
    [
        ("use_dora", "DoRA's magnitudes are not served"),
        ("modules_to_save", "whole modules are not replaced"),
        ("trainable_token_indices", "token rows are not replaced"),
        ("target_parameters", "experts' stacked weights are not adapted"),
        ("fan_in_fan_out", "weights lie [outputs, inputs] here"),
        ("lora_bias", "biases of B are not served"),
        ("alora_invocation_tokens", "adapters that begin at a token are not served"),
        ("ensure_weight_tying", "factors shared by embedding and head are not served"),
        ("use_qalora", "QALoRA's grouped inputs are not served"),
        ("arrow_config", "routing among adapters is not served"),
        ("layer_replication", "the model's own layers are served"),
    ];

    private static double Find(ImmutableArray<(Regex Pattern, double Value)> patterns, string module, double otherwise) =>
        patterns.Where(one => one.Pattern.IsMatch(module)).Select(one => one.Value).DefaultIfEmpty(otherwise).First();

    // As PEFT matches: the whole name, or what follows a dot.
    private static ImmutableArray<(Regex Pattern, double Value)> Patterns(JsonFields fields, string name)
    {
        var found = ImmutableArray.CreateBuilder<(Regex, double)>();
        foreach (var (key, value) in fields.PositiveNumbersByName(name))
        {
            try
            {
                found.Add((new Regex($@"^(.*\.)?({key})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant), value));
            }
            catch (Exception error) when (error is ArgumentException or NotSupportedException)
            {
                fields.Problem(name, "names or patterns of modules", key);
            }
        }
        return found.ToImmutable();
    }
}
