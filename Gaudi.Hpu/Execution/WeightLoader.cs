using Gaudi.Hpu.Models;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// Hands every op the slices it says it owns. Every wrong name and shape is reported at once, before any is read.
/// </summary>
internal static class WeightLoader
{
    /// <summary>Checks all, then reads all.</summary>
    /// <param name="ops">In the order built.</param>
    /// <param name="checkpoint">The model's weights.</param>
    /// <param name="isIgnored">Names that may lie in the checkpoint unread.</param>
    /// <exception cref="CheckpointException">Names or shapes are not those the ops expect.</exception>
    public static void Load(IEnumerable<IWeighted> ops, ICheckpoint checkpoint, Func<string, bool> isIgnored)
    {
        var weighted = ops.ToArray();
        var slices = weighted.SelectMany(op => op.Slices).ToArray();
        checkpoint.RequireExactly(slices.Select(slice => slice.Name), isIgnored);
        RequireShapes(slices, checkpoint);
        foreach (var op in weighted)
        {
            for (var i = 0; i < op.Slices.Length; i++)
            {
                using var values = Read(op.Slices[i], checkpoint);
                op.Load(i, values);
            }
        }
    }

    private static Tensor Read(WeightSlice slice, ICheckpoint checkpoint)
    {
        if (slice.Length > 0)
            return checkpoint.Read(slice.Name, slice.Dimension, slice.Start, slice.Length);
        var shape = slice.Shape.ToArray();
        shape[slice.Dimension] = 0;
        return empty(shape, ScalarType.Float32);
    }

    private static void RequireShapes(WeightSlice[] slices, ICheckpoint checkpoint)
    {
        var wrong = slices
            .Where(slice => !checkpoint.Find(slice.Name)!.Shape.SequenceEqual(slice.Shape))
            .Select(slice => Difference(slice, checkpoint.Find(slice.Name)!))
            .Distinct() // Experts of one stack differ alike.
            .ToArray();
        if (wrong.Length > 0)
            throw new CheckpointException(
                $"{checkpoint.Folder}: shapes differ from config.json: {string.Join("; ", wrong)}; "
                + "check that config.json belongs to these weights");
    }

    private static string Difference(WeightSlice slice, CheckpointTensor came) =>
        $"{came.Name}: expected [{string.Join(", ", slice.Shape)}], came [{string.Join(", ", came.Shape)}]"
        + (came.IsDecoded ? " once decoded" : "");
}
