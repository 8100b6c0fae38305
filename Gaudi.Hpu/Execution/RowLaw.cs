using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// The law that a token has the same bits whatever its batch, tried on this machine with the ops that answer here: a
/// row alone against the same row among others. A plugin's op, or libtorch on a strange processor, may break it.
/// </summary>
internal static class RowLaw
{
    private const int RowCount = 17;

    /// <summary>Tries one op of each class whose forward speaks to no peer; some milliseconds.</summary>
    /// <param name="ops">With loaded weights.</param>
    /// <returns>A sentence for each op that breaks the law; usually none.</returns>
    public static IEnumerable<string> Breaches(LayerOps ops)
    {
        foreach (var norm in ops.Weighted.OfType<RmsNorm>().DistinctBy(op => (op.GetType(), op.Spec.HiddenSize)))
        {
            if (Breaks(norm.Spec.HiddenSize, ops, x => norm.Forward(x, x).Y))
                yield return Sentence(norm.Key, norm);
        }
        foreach (var linear in ops.Weighted.OfType<ColumnParallelLinear>().DistinctBy(op => op.GetType()))
        {
            foreach (var role in new[] { TokenRole.Prompt, TokenRole.Generated })
            {
                if (Breaks(linear.Spec.InputSize, ops, x => linear.Forward(x, role)))
                    yield return Sentence($"{linear.Key} ({role})", linear);
            }
        }
    }

    private static string Sentence(string name, object op) =>
        $"op {name} of {op.GetType().Assembly.GetName().Name} gives a row other bits alone than among {RowCount}: "
        + "an answer may change when other requests run beside it; disable the op or the plugin to be sure";

    private static bool Breaks(int width, LayerOps ops, Func<Tensor, Tensor> forward)
    {
        using var scope = NewDisposeScope();
        // Values without a pattern, the same on every machine.
        var values = new float[RowCount * width];
        for (var i = 0; i < values.Length; i++)
            values[i] = ((uint)i * 2654435761u) / (float)uint.MaxValue * 4 - 2;
        var rows = tensor(values, [RowCount, width]).to(ops.Dtype, ops.Device); // [rows, width]
        var together = forward(rows); // [rows, outputs]
        return Enumerable.Range(0, RowCount).Any(row =>
            !forward(rows.narrow(0, row, 1)).Equals(together.narrow(0, row, 1)));
    }
}
