using System.Collections.Immutable;
using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Hpu.Models;

/// <summary>`rope_scaling` and the newer `rope_parameters` of config.json.</summary>
internal static class RopeScalingReader
{
    private const string OriginalPositions = "original_max_position_embeddings";
    private const string PositiveNumber = "a number over 0";

    private static readonly ImmutableArray<string> Types = ["linear", "dynamic", "yarn", "llama3", "longrope", "mrope"];

    /// <summary>What the section says; null where it asks for nothing. What is wrong is noted there.</summary>
    /// <param name="section">Null where the file has none.</param>
    /// <param name="file">All of config.json: Phi-3 keeps the first context length beside the section.</param>
    public static RopeScaling? Read(JsonFields? section, JsonFields file)
    {
        if (section is null)
            return null;
        var sections = section.Counts("mrope_section");
        var said = section.Text("rope_type") ?? section.Text("type");
        // Qwen2-VL's newer files say default, and mean the sections beside it.
        var type = said is "default" && sections is not null ? "mrope" : said is "su" ? "longrope" : said;
        if (type is "default")
            return null;
        if (type is null || !Types.Contains(type))
        {
            section.Problem("rope_type", $"one of default, {string.Join(", ", Types)}", type is null ? "nothing" : $"'{type}'");
            return null;
        }
        RequireFields(type, section, file);
        var scaling = Fields(section, file, type, sections ?? []);
        CheckOrder(scaling, section);
        return scaling;
    }

    /// <summary>Notes what does not fit the model's sizes.</summary>
    /// <param name="config">All the others are in it.</param>
    /// <param name="section">Where <see cref="Read"/> found the scaling.</param>
    /// <param name="includesScaling">Whether the family's `max_position_embeddings` is the stretched one.</param>
    /// <returns>With the positions that can be served.</returns>
    public static ModelConfig Fit(ModelConfig config, JsonFields? section, bool includesScaling)
    {
        if (section is null || config.RopeScaling is not { } scaling || !config.HasRotary)
            return config;
        CheckFactors("short_factor", scaling.ShortFactors, config, section);
        CheckFactors("long_factor", scaling.LongFactors, config, section);
        CheckSections(scaling, config, section);
        var positions = includesScaling ? config.MaxPositionEmbeddings : scaling.PositionsMax(config.MaxPositionEmbeddings);
        if (positions is >= 1 and <= int.MaxValue)
            return config with { PositionsMax = (int)positions };
        section.Problem("factor", $"a number with which 1 to {int.MaxValue} positions can be served", $"{scaling.Factor}");
        return config;
    }

    private static RopeScaling Fields(JsonFields section, JsonFields file, string type, ImmutableArray<int> sections) => new(
        type,
        section.PositiveNumber("factor"),
        section.Count(OriginalPositions) ?? file.Count(OriginalPositions),
        section.PositiveNumber("low_freq_factor"),
        section.PositiveNumber("high_freq_factor"),
        section.PositiveNumber("attention_factor"),
        section.PositiveNumber("beta_fast"),
        section.PositiveNumber("beta_slow"))
    {
        ValueScale = section.NumberOrZero("mscale"),
        AllDimensionsScale = section.NumberOrZero("mscale_all_dim"),
        IsTruncated = section.Flag("truncate") ?? true,
        ShortFactors = section.PositiveNumbers("short_factor") ?? [],
        LongFactors = section.PositiveNumbers("long_factor") ?? [],
        ShortValueFactor = section.PositiveNumber("short_mscale"),
        LongValueFactor = section.PositiveNumber("long_mscale"),
        Sections = sections,
        IsInterleaved = section.Flag("mrope_interleaved") ?? false,
    };

    // What is there and wrong was noted where it was read.
    private static void RequireFields(string type, JsonFields section, JsonFields file)
    {
        void Require(string name, string expected)
        {
            if (!section.IsGiven(name))
                section.Problem(name, $"{expected} for {type}", "nothing");
        }
        if (type is "linear" or "dynamic" or "yarn" or "llama3")
            Require("factor", PositiveNumber);
        if (type is "yarn" or "llama3" or "longrope" && !file.IsGiven(OriginalPositions))
            Require(OriginalPositions, "the context length of the first training");
        if (type is "llama3")
        {
            Require("low_freq_factor", PositiveNumber);
            Require("high_freq_factor", PositiveNumber);
        }
        if (type is "longrope")
        {
            Require("short_factor", "a list of numbers over 0");
            Require("long_factor", "a list of numbers over 0");
        }
        if (type is "mrope")
            Require("mrope_section", "three counts of pairs: time, row, column,");
        else if (section.IsGiven("mrope_section"))
            section.Problem("mrope_section", $"nothing beside {type}, which turns by one position", "sections");
    }

    private static void CheckOrder(RopeScaling scaling, JsonFields section)
    {
        if (scaling is { Type: "llama3", LowFrequencyFactor: { } low, HighFrequencyFactor: { } high } && high <= low)
            section.Problem("high_freq_factor", $"a number over low_freq_factor ({low})", $"{high}");
        var (fast, slow) = (scaling.BetaFast ?? 32, scaling.BetaSlow ?? 1);
        if (scaling.Type is "yarn" && fast < slow)
            section.Problem("beta_fast", $"a number of at least beta_slow ({slow})", $"{fast}");
        if (scaling is { Type: "longrope", OriginalMaxPositionEmbeddings: 1 })
            section.Problem(OriginalPositions, "a whole number of at least 2 for longrope", "1");
    }

    private static void CheckFactors(string name, ImmutableArray<double> factors, ModelConfig config, JsonFields section)
    {
        var pairs = config.TurningDim / 2;
        if (config.RopeScaling!.Type is "longrope" && section.IsGiven(name) && factors.Length != pairs)
            section.Problem(name, $"{pairs} numbers, one for two of {config.TurningDim} dimensions that turn", $"{factors.Length}");
    }

    private static void CheckSections(RopeScaling scaling, ModelConfig config, JsonFields section)
    {
        const string Name = "mrope_section";
        if (scaling.Type is not "mrope" || !section.IsGiven(Name))
            return;
        var came = $"[{string.Join(", ", scaling.Sections)}]";
        var pairs = config.TurningDim / 2;
        if (scaling.Sections.Length != 3)
            section.Problem(Name, "three counts of pairs: time, row, column", came);
        else if (!scaling.RotarySections.Fits(pairs))
        {
            var most = scaling.IsInterleaved
                ? $", at most {RotarySections.RowsMax(pairs)} of rows and {RotarySections.ColumnsMax(pairs)} of columns in turns"
                : "";
            section.Problem(Name, $"counts of pairs that are {pairs} together{most}", came);
        }
    }
}
