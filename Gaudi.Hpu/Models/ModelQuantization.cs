using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Gaudi.Hpu.Models;

/// <summary>How a checkpoint's weights are stored, where this build decodes them at load.</summary>
/// <param name="Method">One of <see cref="Methods"/>.</param>
/// <param name="BlockSize">Rows and columns that share a scale; empty where config.json names no blocks.</param>
/// <param name="PlainModules">Modules that are stored as in any other checkpoint; `*` stands for any text.</param>
public sealed record ModelQuantization(string Method, ImmutableArray<int> BlockSize, ImmutableArray<string> PlainModules)
{
    /// <summary>Float8 e4m3 with a scale for each block, each output or each weight.</summary>
    public const string Fp8 = "fp8";

    /// <summary>Four-bit floats with a power of two for each 32 inputs.</summary>
    public const string Mxfp4 = "mxfp4";

    /// <summary>What can be decoded, ordinal order.</summary>
    public static ImmutableArray<string> Methods { get; } = [Fp8, Mxfp4];

    /// <summary>Whether a module is stored in this way, as far as config.json says.</summary>
    /// <param name="module">Its full name, such as `model.layers.0.mlp.experts`.</param>
    public bool Covers(string module) => !PlainModules.Any(plain => Regex.IsMatch(
        module, $@"(^|\.){Regex.Escape(plain).Replace(@"\*", ".*", StringComparison.Ordinal)}(\.|$)", RegexOptions.CultureInvariant));

    /// <summary>Reads `quantization_config`.</summary>
    /// <returns>Null where its method is none that is decoded.</returns>
    internal static ModelQuantization? Read(JsonFields fields)
    {
        if (fields.Text("quant_method") is not { } method || !Methods.Contains(method))
            return null;
        var blockSize = fields.Counts("weight_block_size") ?? [];
        if (blockSize.Length is not (0 or 2))
            fields.Problem("weight_block_size", "rows and columns of a block", $"[{string.Join(", ", blockSize)}]");
        if (method == Fp8 && fields.Text("fmt") is { } format and not "e4m3")
            fields.Problem("fmt", "e4m3, the only float8 that is decoded", $"'{format}'");
        return new ModelQuantization(
            method, blockSize.Length == 2 ? blockSize : [],
            [.. fields.Texts("modules_to_not_convert") ?? [], .. fields.Texts("ignored_layers") ?? []]);
    }
}
