using System.Collections.Immutable;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Quantization;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>The type a model computes in, and what is to be said about it.</summary>
/// <param name="Dtype">Float32 or bfloat16.</param>
/// <param name="Notes">What the user should know, such as that a checkpoint's values were widened.</param>
internal sealed record ModelDtype(ScalarType Dtype, ImmutableArray<string> Notes)
{
    /// <summary>As the user writes it.</summary>
    public string Name => Dtype == ScalarType.BFloat16 ? "bfloat16" : "float32";

    /// <summary>
    /// Follows the checkpoint, or the user's word. Nothing loses precision unless the user asked for it; decoded weights, whose
    /// scales are finer than their codes, are bfloat16.
    /// </summary>
    /// <param name="asked">`auto`, `float32` or `bfloat16`.</param>
    /// <param name="checkpoint">Its tensors' own types decide, not config.json's word for them.</param>
    /// <param name="quantization">Says which tensors are codes, whose types say nothing; null where none are.</param>
    /// <exception cref="CheckpointException">Another word, or weights of a type that is not a plain float.</exception>
    public static ModelDtype Choose(string asked, ICheckpoint checkpoint, QuantizationConfig? quantization)
    {
        var stored = checkpoint.Names
            .Where(name => quantization?.IsCode(name, checkpoint.Find(name)!.Dtype) != true && KvScaleName.Parse(name) is null)
            .Select(name => checkpoint.Find(name)!.Dtype).ToHashSet();
        var isDecoded = checkpoint.Names.Any(name => checkpoint.Find(name)!.IsDecoded);
        var strange = stored
            .Where(type => type is not (ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16))
            .Order().ToArray();
        if (strange.Length > 0)
            throw new CheckpointException(
                $"expected weights in float32, bfloat16 or float16, came {string.Join(", ", strange)}; "
                + "use a checkpoint whose config.json says how it is quantized, or an unquantized one");
        var dtype = asked switch
        {
            "float32" => ScalarType.Float32,
            "bfloat16" => ScalarType.BFloat16,
            "auto" when isDecoded => ScalarType.BFloat16,
            "auto" => stored.All(type => type == ScalarType.BFloat16) ? ScalarType.BFloat16 : ScalarType.Float32,
            _ => throw new CheckpointException($"--dtype must be auto, float32 or bfloat16, not `{asked}`"),
        };
        return new ModelDtype(dtype, [.. Remarks(dtype, stored, isDecoded)]);
    }

    private static IEnumerable<string> Remarks(ScalarType dtype, HashSet<ScalarType> stored, bool isDecoded)
    {
        if (isDecoded)
            yield return $"quantized weights were decoded to {(dtype == ScalarType.BFloat16 ? "bfloat16" : "float32")} at load and "
                + "take its memory";
        if (dtype == ScalarType.Float32 && stored.Contains(ScalarType.Float16))
            yield return "the checkpoint's float16 weights were widened to float32, which takes twice the memory";
        if (dtype == ScalarType.BFloat16 && stored.Any(type => type != ScalarType.BFloat16))
            yield return isDecoded
                ? "weights in wider types were rounded to bfloat16, as the decoded ones are; --dtype float32 keeps them"
                : "weights were rounded to bfloat16, as --dtype bfloat16 asks";
    }
}
