using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Gaudi.Hpu.Models;

/// <summary>How a checkpoint's weights are stored, where this build decodes them at load.</summary>
/// <param name="Method">One of <see cref="Methods"/>.</param>
/// <param name="PlainModules">Modules that are stored as in any other checkpoint; `*` stands for any text.</param>
public sealed record ModelQuantization(string Method, ImmutableArray<string> PlainModules)
{
    /// <summary>Four-bit floats with a power of two for each 32 inputs.</summary>
    public const string Mxfp4 = "mxfp4";

    /// <summary>What can be decoded, ordinal order.</summary>
    public static ImmutableArray<string> Methods { get; } = [Mxfp4];

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
        return new ModelQuantization(
            method, [.. fields.Texts("modules_to_not_convert") ?? [], .. fields.Texts("ignored_layers") ?? []]);
    }
}
