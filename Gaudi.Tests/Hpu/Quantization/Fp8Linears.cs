using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Quantization;
using Gaudi.Tests.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Quantization;

/// <summary>Linear layers in float8 through their ops, and the bits that they should give.</summary>
internal static class Fp8Linears
{
    /// <summary>Of a generation.</summary>
    internal static Fp8Rules Rules(CardGeneration generation, Fp8Settings? settings = null) =>
        new(Fp8Range.Of(generation), generation, settings ?? Fp8Settings.Usual);

    /// <summary>Both cards, blocks kept and joined, scales aligned and not.</summary>
    internal static IEnumerable<Fp8Rules> AllRules =>
        from generation in new[] { CardGeneration.Gaudi2, CardGeneration.Gaudi3 }
        from isJoined in new[] { false, true }
        from isAligned in new[] { false, true }
        select Rules(generation, new Fp8Settings(AlignsScales: isAligned, AdjustsScales: true, HasChannelScales: isJoined));

    /// <summary>The configuration of either kind of checkpoint.</summary>
    internal static QuantizationConfig Config(bool isCompressed, ImmutableArray<int> blockSize, bool isStatic) => isCompressed
        ? new CompressedTensorsConfig(
            [new CompressedGroup(["Linear"], CompressedScheme.Fp8, -1, true, "") { BlockSize = blockSize, HasStaticInputs = isStatic }], [])
        : new Fp8Config(blockSize, isStatic, []);

    /// <summary>A checkpoint's tensors.</summary>
    internal static Dictionary<string, Tensor> Stored(bool isInverse, params (string Name, Fp8Layer Layer)[] layers) => layers
        .SelectMany(one => one.Layer.Tensors(isInverse).Select(stored => ($"{one.Name}.{stored.Kind}", stored.Tensor)))
        .ToDictionary(StringComparer.Ordinal);

    /// <summary>The plain product of the widened weights and the rounded activations, in the activations' type.</summary>
    internal static uint[] Truth<T>(Fp8Rules rules, ScalarType dtype, Tensor x, params Fp8Layer[] layers) where T : ParallelLinear
    {
        var scales = layers.Select(layer => layer.InputScale).Max();
        var rounded = Fp8Truth.Activations(
            x.Floats(), layers[0].InputCount, typeof(T) == typeof(RowParallelLinear), scales, rules);
        return QuantizedLinears.Plain<T>(
            [.. layers.SelectMany(layer => layer.Wide(rules))], dtype, tensor(rounded, x.shape));
    }

    /// <summary>Every rank's bits.</summary>
    internal static uint[][] Run<T>(
        Func<OpTable> ops, QuantizationConfig config, Fp8Rules rules, ScalarType dtype, int worldSize, Func<int, Tensor> x,
        params (string Name, Fp8Layer Layer)[] layers) where T : ParallelLinear
    {
        var isInverse = config is Fp8Config { BlockSize.IsEmpty: false };
        LinearPart[] parts = [.. layers.Select(one => new LinearPart(one.Name, one.Layer.OutputCount))];
        return QuantizedLinears.Run<T>(
            ops, config, dtype, worldSize, layers[0].Layer.InputCount, parts, Stored(isInverse, layers), x, rules);
    }

    /// <summary>A layer's method on a rank alone, loaded; its weight is called q.</summary>
    internal static ILinearMethod Method(
        QuantizationConfig config, Fp8Rules rules, Fp8Layer layer, Action<Dictionary<string, Tensor>>? change = null)
    {
        var stored = Stored(config is Fp8Config { BlockSize.IsEmpty: false }, ("q", layer));
        change?.Invoke(stored);
        var share = new LinearShare(Specs.Alone(), LinearSplit.Outputs, layer.InputCount, [new LinearPart("q", layer.OutputCount)]);
        var method = config.Create(
            new LinearBuild(OpTable.InTree(), "q", ScalarType.Float32, CPU, share, QuantizedLinears.Find(stored), rules));
        for (var i = 0; i < method.Slices.Length; i++)
            method.Load(i, stored[method.Slices[i].Name]);
        return method;
    }
}
