using System.Globalization;
using System.Text;

namespace Gaudi.Cluster.Node;

/// <summary>The flags of `serve` as HOCON, to be laid over the settings files. A flag that was not given says nothing.</summary>
internal static class ServeSettings
{
    internal static string Of(ServeOptions options)
    {
        var text = new StringBuilder();
        Set(text, "gaudi.group.tensor-parallel-size", options.TensorParallelSize);
        Set(text, "gaudi.model.dtype", options.Dtype);
        Set(text, "gaudi.model.max-model-len", options.MaxModelLen);
        Set(text, "gaudi.model.block-size-tokens", options.BlockSizeTokens);
        Set(text, "gaudi.model.memory-utilization", options.MemoryUtilization);
        return text.ToString();
    }

    private static void Set(StringBuilder text, string key, object? value)
    {
        if (value is not null)
            text.Append(CultureInfo.InvariantCulture, $"{key} = {value}\n");
    }
}
