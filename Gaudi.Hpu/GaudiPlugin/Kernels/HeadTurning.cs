using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>Queries and keys are copied, and each head is turned in place of the copy.</summary>
internal static class HeadTurning
{
    /// <summary>Turns both.</summary>
    /// <param name="spec">Of the embedding.</param>
    /// <param name="angles">
    /// From positions to a table [rows, rotaryDim], float32, of cosines, then sines, and to the row of it that each token turns
    /// by, [tokens], int64.
    /// </param>
    /// <param name="positions">Of the tokens, as the embedding takes them.</param>
    /// <param name="query">[tokens, heads * headSize]. Not changed.</param>
    /// <param name="key">[tokens, kvHeads * headSize]. Not changed.</param>
    /// <returns>The caller disposes both.</returns>
    public static RotaryOutput Run(
        RotarySpec spec, Func<Tensor, (Tensor Table, Tensor Rows)> angles, Tensor positions, Tensor query, Tensor key)
    {
        using var scope = NewDisposeScope();
        var (table, rows) = angles(positions);
        return new RotaryOutput(
            scope.MoveToOuter(Turn(spec, table, rows, query)), scope.MoveToOuter(Turn(spec, table, rows, key)));
    }

    private static Tensor Turn(RotarySpec spec, Tensor table, Tensor rows, Tensor x)
    {
        Invariant.That(x.shape[^1] % spec.HeadSize == 0, $"heads of {spec.HeadSize}, not {x.shape[^1]} values");
        var turned = x.clone().contiguous(); // [tokens, heads * headSize]
        RotaryKernel.Turn(turned, rows, table, spec.HeadSize, spec.RotaryDim, spec.IsNeox);
        return turned;
    }
}
