using System.Collections.Immutable;

namespace Gaudi.Hpu.Models;

/// <summary>`rope_scaling` and the newer `rope_parameters` of config.json.</summary>
internal static class RopeScalingReader
{
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
        var scaling = Fields(section, file, type, sections ?? []);
        Check(scaling, section);
        return scaling;
    }

    private static RopeScaling Fields(JsonFields section, JsonFields file, string type, ImmutableArray<int> sections) => new(
        type,
        section.PositiveNumber("factor"),
        section.Count("original_max_position_embeddings") ?? file.Count("original_max_position_embeddings"),
        section.PositiveNumber("low_freq_factor"),
        section.PositiveNumber("high_freq_factor"),
        section.PositiveNumber("attention_factor"),
        section.PositiveNumber("beta_fast"),
        section.PositiveNumber("beta_slow"))
    {
        ValueScale = section.PositiveNumber("mscale"),
        AllDimensionsScale = section.NumberOrZero("mscale_all_dim"),
        IsTruncated = section.Flag("truncate") ?? true,
        ShortFactors = section.PositiveNumbers("short_factor") ?? [],
        LongFactors = section.PositiveNumbers("long_factor") ?? [],
        Sections = sections,
        IsInterleaved = section.Flag("mrope_interleaved") ?? false,
    };

    private static void Check(RopeScaling scaling, JsonFields section)
    {
        if (scaling is { Type: "linear" or "dynamic" or "yarn" or "llama3", Factor: null })
            section.Problem("factor", $"a number over 0 for {scaling.Type}", "nothing");
        if (scaling is { Type: "longrope", ShortFactors.IsEmpty: true })
            section.Problem("short_factor", "a list of numbers over 0 for longrope", "nothing");
        if (scaling is { Type: "longrope", LongFactors.IsEmpty: true })
            section.Problem("long_factor", "a list of numbers over 0 for longrope", "nothing");
        if (scaling is { Type: "mrope", Sections.Length: not 3 })
            section.Problem("mrope_section", "three counts of pairs: time, row, column", $"{scaling.Sections.Length}");
    }
}
