using System.Collections.Immutable;

namespace Gaudi.Hpu.Models;

/// <summary>Which layers see a window of positions alone.</summary>
internal static class LayerWindows
{
    private const string TypesField = "layer_types";
    private const string WindowedType = "sliding_attention";
    private const string FullType = "full_attention";

    /// <summary>
    /// Qwen's rule: no windows unless `use_sliding_window` says so; without `layer_types` the layers from
    /// `max_window_layers` on have them.
    /// </summary>
    public static ModelConfig OfQwen(ModelConfig config, JsonFields fields)
    {
        if (!(fields.Flag("use_sliding_window") ?? false))
            return config;
        var first = fields.CountOrZero("max_window_layers") ?? 28;
        return config with
        {
            SlidingWindow = fields.Count("sliding_window") ?? 4096,
            WindowedLayers = OfTypes(config, fields)
                ?? [.. Enumerable.Range(0, config.LayerCount).Select(layer => layer >= first)],
        };
    }

    /// <summary>Every layer has the window that `sliding_window` gives; none where it gives none.</summary>
    public static ModelConfig OfAll(ModelConfig config, JsonFields fields) => fields.Count("sliding_window") is { } window
        ? config with { SlidingWindow = window, WindowedLayers = [.. Enumerable.Repeat(true, config.LayerCount)] }
        : config;

    /// <summary>What `layer_types` says of each layer; null where it says nothing.</summary>
    public static ImmutableArray<bool>? OfTypes(ModelConfig config, JsonFields fields)
    {
        if (fields.Texts(TypesField) is not { } types)
            return null;
        var strange = types.FirstOrDefault(type => type is not (WindowedType or FullType));
        if (types.Length != config.LayerCount)
            fields.Problem(TypesField, $"one type for each of {config.LayerCount} layers", $"{types.Length}");
        else if (strange is not null)
            fields.Problem(TypesField, $"'{FullType}' or '{WindowedType}' for each layer", $"'{strange}'");
        return [.. Enumerable.Range(0, config.LayerCount).Select(layer => types.ElementAtOrDefault(layer) == WindowedType)];
    }
}
