using System.Collections.Immutable;

namespace Gaudi.Actors.Constraints;

/// <summary>Bytes that no step of a grammar tells apart count as one: most grammars know some dozen kinds.</summary>
internal sealed class ByteClasses
{
    private readonly byte[] _classOf = new byte[256];
    private readonly List<byte> _examples = [];

    /// <summary>Finds the classes of a grammar.</summary>
    internal ByteClasses(ImmutableArray<GrammarNode> nodes)
    {
        var begins = new bool[257];
        begins[0] = true;
        foreach (var (first, last, _) in nodes.SelectMany(node => node.Steps))
            begins[first] = begins[last + 1] = true;
        for (var one = 0; one < 256; one++)
        {
            if (begins[one])
                _examples.Add((byte)one);
            _classOf[one] = (byte)(_examples.Count - 1);
        }
    }

    /// <summary>How many there are.</summary>
    internal int Count => _examples.Count;

    /// <summary>The class of a byte.</summary>
    internal int Of(byte one) => _classOf[one];

    /// <summary>A byte of a class.</summary>
    internal byte Example(int index) => _examples[index];
}
