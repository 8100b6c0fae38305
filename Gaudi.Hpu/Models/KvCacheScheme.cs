namespace Gaudi.Hpu.Models;

/// <summary>What a checkpoint says of how its keys and values are to be kept.</summary>
/// <remarks>Source: vllm-project/compressed-tensors, `kv_cache_scheme`, which asks for float8 by being there.</remarks>
internal static class KvCacheScheme
{
    /// <summary>Reads `quantization_config.kv_cache_scheme`.</summary>
    /// <param name="fields">Of config.json; a scheme that is not built is noted there.</param>
    /// <returns>Whether keys and values are to be float8, with a scale each a layer.</returns>
    public static bool IsFloat8(JsonFields fields)
    {
        if (fields.Object("quantization_config")?.Object("kv_cache_scheme") is not { } scheme)
            return false;
        Require(scheme, "num_bits", scheme.Count("num_bits") ?? 8, 8);
        Require(scheme, "type", scheme.Text("type") ?? "float", "float");
        Require(scheme, "strategy", scheme.Text("strategy") ?? "tensor", "tensor");
        Require(scheme, "symmetric", scheme.Flag("symmetric") ?? true, true);
        Require(scheme, "dynamic", scheme.Flag("dynamic") ?? false, false);
        return true;
    }

    private static void Require<T>(JsonFields scheme, string name, T came, T built)
    {
        if (!EqualityComparer<T>.Default.Equals(came, built))
            scheme.Problem(name, $"{built}, as keys and values in float8 have a scale for each layer", $"{came}");
    }
}
