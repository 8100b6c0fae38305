namespace Gaudi.Actors.Text.Models;

/// <summary>Finds every vocabulary piece that begins at a place in the text, shortest first.</summary>
internal sealed class PieceTrie
{
    private readonly Dictionary<(int Node, char Next), int> _edges = [];
    private readonly List<int> _ids = [-1];

    /// <summary>Adds a piece; the empty piece is left out.</summary>
    public void Add(string piece, int id)
    {
        var node = 0;
        foreach (var character in piece)
        {
            if (!_edges.TryGetValue((node, character), out var child))
            {
                child = _ids.Count;
                _ids.Add(-1);
                _edges[(node, character)] = child;
            }

            node = child;
        }

        if (node != 0)
        {
            _ids[node] = id;
        }
    }

    /// <summary>Length in chars and id of every piece at <paramref name="start"/>.</summary>
    public IEnumerable<(int Length, int Id)> PrefixesOf(string text, int start)
    {
        var node = 0;
        for (var at = start; at < text.Length && _edges.TryGetValue((node, text[at]), out node); at++)
        {
            if (_ids[node] >= 0)
            {
                yield return (at + 1 - start, _ids[node]);
            }
        }
    }
}
