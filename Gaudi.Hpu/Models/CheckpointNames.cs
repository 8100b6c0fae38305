namespace Gaudi.Hpu.Models;

/// <summary>The names of a checkpoint's tensors against those a model reads.</summary>
public static class CheckpointNames
{
    /// <summary>Compares the names a model wants with those that are there.</summary>
    /// <param name="checkpoint">The model's weights.</param>
    /// <param name="wanted">Every tensor the model reads.</param>
    /// <param name="ignored">Tensors that may be there unread, such as a tied head's copy.</param>
    /// <exception cref="CheckpointException">Some are missing or left over; both lists are in the message, whole.</exception>
    public static void RequireExactly(
        this ICheckpoint checkpoint, IEnumerable<string> wanted, Func<string, bool>? ignored = null)
    {
        var names = wanted.ToHashSet(StringComparer.Ordinal);
        var missing = names.Where(name => checkpoint.Find(name) is null).Order(StringComparer.Ordinal).ToArray();
        var leftover = checkpoint.Names.Where(name => !names.Contains(name) && ignored?.Invoke(name) != true).ToArray();
        if (missing.Length + leftover.Length == 0)
            return;
        throw new CheckpointException(
            $"{checkpoint.Folder}: expected the {names.Count} tensors that config.json describes, came {checkpoint.Names.Count}; "
            + $"missing: {List(missing)}; left over: {List(leftover)}; check that config.json belongs to these weights");
    }

    private static string List(string[] names) => names.Length == 0 ? "none" : string.Join(", ", names);
}
