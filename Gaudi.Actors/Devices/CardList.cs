using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Gaudi.Actors.Protocols;

namespace Gaudi.Actors.Devices;

/// <summary>
/// The cards of all nodes as one list, made from the last one where only cards of some nodes have changed: with a thousand cards it is
/// made for every change of one. One thread.
/// </summary>
internal sealed class CardList
{
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal); // Asked, never listed.
    private ImmutableArray<CardOffer> _all;

    /// <summary>A node's cards are others than before, and as many.</summary>
    internal void Change(string node) => _changed.Add(node);

    /// <summary>Nodes came or went, or have more cards or fewer.</summary>
    internal void Reset() => _all = default;

    /// <summary>The list.</summary>
    /// <param name="nodes">In its order.</param>
    internal ImmutableArray<CardOffer> Of(IReadOnlyCollection<PublishCards> nodes)
    {
        if (_all.IsDefault)
            _all = [.. nodes.SelectMany(node => node.Cards)];
        else if (_changed.Count > 0)
        {
            var (cards, at) = (_all.AsSpan().ToArray(), 0);
            foreach (var node in nodes)
            {
                if (_changed.Contains(node.Node))
                    node.Cards.CopyTo(cards, at);
                at += node.Cards.Length;
            }
            _all = ImmutableCollectionsMarshal.AsImmutableArray(cards);
        }
        _changed.Clear();
        return _all;
    }
}
