using System.Globalization;
using System.Text.RegularExpressions;

namespace Gaudi.Hpu.Models;

/// <summary>A tensor of a checkpoint that holds a scale of attention's inputs, whatever its tool called it.</summary>
/// <param name="Layer">Of the decoder, counted from 0.</param>
/// <param name="Of">`k`, `v`, or `kv` for both; `q` and `prob` scale what is not quantized here.</param>
/// <remarks>
/// Source: vllm-gaudi, `oot_maybe_remap_kv_scale_name` (as of 2026-08), and compressed-tensors' older `output_scale` of a
/// projection. Modules between the layer and the name are of no account.
/// </remarks>
internal sealed partial record KvScaleName(int Layer, string Of)
{
    /// <summary>Whether keys or values are scaled by it.</summary>
    public bool IsOfCache => Of is "k" or "v" or "kv";

    /// <summary>What a tensor's name says; null where it is no such scale.</summary>
    public static KvScaleName? Parse(string tensorName)
    {
        var match = Pattern().Match(tensorName);
        return match.Success && int.TryParse(match.Groups["layer"].Value, CultureInfo.InvariantCulture, out var layer)
            ? new KvScaleName(layer, match.Groups["of"].Value)
            : null;
    }

    [GeneratedRegex(
        @"(^|\.)layers\.(?<layer>\d+)\.(\w+\.)*((?<of>kv|k|v|q|prob)_scale|(?<of>k|v|q)_proj\.output_scale|(?<of>prob)_output_scale)$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
