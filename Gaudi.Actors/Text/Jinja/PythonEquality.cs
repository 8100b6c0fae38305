using System.Runtime.CompilerServices;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>Python's `==`: numbers and truth values by amount, containers by content.</summary>
internal sealed class PythonEquality : IEqualityComparer<object?>
{
    /// <summary>The one comparer.</summary>
    public static PythonEquality Instance { get; } = new();

    /// <inheritdoc/>
    public new bool Equals(object? left, object? right)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return (left, right) switch
        {
            (null, null) => true,
            (string a, string b) => a == b,
            (Undefined, Undefined) => true,
            (List<object?> a, List<object?> b) => a.SequenceEqual(b, this),
            (PythonTuple a, PythonTuple b) => a.Items.SequenceEqual(b.Items, this),
            (PythonDict a, PythonDict b) => a.Count == b.Count
                && a.Items.All(item => b.TryGet(item.Key, out var other) && Equals(item.Value, other)),
            (double a, double b) => a == b,
            (double a, _) when Whole(right) is { } b => a == b,
            (_, double b) when Whole(left) is { } a => a == b,
            _ when Whole(left) is { } a && Whole(right) is { } b => a == b,
            _ => ReferenceEquals(left, right),
        };
    }

    /// <inheritdoc/>
    public int GetHashCode(object? value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return value switch
        {
            null => 0,
            string text => text.GetHashCode(StringComparison.Ordinal),
            bool truth => (truth ? 1.0 : 0.0).GetHashCode(),
            long whole => ((double)whole).GetHashCode(),
            double real => real.GetHashCode(),
            PythonTuple tuple => tuple.Items.Aggregate(17, (hash, item) => HashCode.Combine(hash, GetHashCode(item))),
            _ => RuntimeHelpers.GetHashCode(value),
        };
    }

    private static long? Whole(object? value) => value switch
    {
        long whole => whole,
        bool truth => truth ? 1 : 0,
        _ => null,
    };
}
