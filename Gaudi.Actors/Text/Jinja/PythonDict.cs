namespace Gaudi.Actors.Text.Jinja;

/// <summary>A dictionary in insertion order with Python's idea of equal keys (1, 1.0 and True are one key).</summary>
internal sealed class PythonDict
{
    // The collection takes no null key, so None is kept as this object.
    private static readonly object None = new();
    private readonly OrderedDictionary<object, object?> _items = new(PythonEquality.Instance);

    /// <summary>Number of keys.</summary>
    public int Count => _items.Count;

    /// <summary>The keys in insertion order.</summary>
    public IEnumerable<object?> Keys => _items.Keys.Select(key => ReferenceEquals(key, None) ? null : key);

    /// <summary>The values in insertion order.</summary>
    public IEnumerable<object?> Values => _items.Values;

    /// <summary>Keys with values, in insertion order.</summary>
    public IEnumerable<(object? Key, object? Value)> Items =>
        _items.Select(item => (ReferenceEquals(item.Key, None) ? null : item.Key, item.Value));

    /// <summary>Sets a key; a key that is there keeps its place.</summary>
    public void Set(object? key, object? value) => _items[key ?? None] = value;

    /// <summary>True, and the value, when the key is there.</summary>
    public bool TryGet(object? key, out object? value) => _items.TryGetValue(key ?? None, out value);
}
