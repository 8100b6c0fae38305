using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.Constraints;

/// <summary>
/// How far one answer has come in the form it must have, and what it may go on with. Lives with its automaton's thread.
/// </summary>
/// <param name="automaton">Of the form; may be shared with other answers.</param>
/// <param name="endTokenIds">End the answer and are no part of it; allowed where the answer is whole.</param>
/// <param name="vocabularySize">Of the model: an end outside it is none.</param>
public sealed class ConstraintCursor(ConstraintAutomaton automaton, ImmutableArray<int> endTokenIds, int vocabularySize)
{
    private readonly ImmutableArray<int> _endTokenIds = endTokenIds.RemoveAll(id => (uint)id >= (uint)vocabularySize);
    private FormState _state = automaton.Start;

    /// <summary>True when the answer is whole and nothing can follow.</summary>
    public bool IsFinal => _state.IsFinal;

    /// <summary>Goes on with a token.</summary>
    /// <returns>False when it breaks the form; then the cursor stays.</returns>
    public bool TryAdvance(int tokenId)
    {
        if (Next(_state, tokenId) is not { } next)
            return false;
        _state = next;
        return true;
    }

    /// <summary>How many of these may be tried: the first that breaks the form is the last that has a place.</summary>
    /// <remarks>
    /// It is tried all the same: whoever draws drafts by chance may not be told which of them are left out, or the answer's
    /// distribution would change.
    /// </remarks>
    public int CountTried(ImmutableArray<int> drafts)
    {
        FormState? state = _state;
        for (var i = 0; i < drafts.Length; i++)
        {
            state = Next(state, drafts[i]);
            if (state is null)
                return i + 1;
        }
        return drafts.Length;
    }

    /// <summary>What may be drawn now, and after each of these.</summary>
    /// <param name="drafts">At most <see cref="CountTried"/>.</param>
    /// <returns>One more than drafts. Nothing is allowed behind a draft that breaks the form: it will not stand.</returns>
    public ImmutableArray<TokenMask> Masks(ImmutableArray<int> drafts)
    {
        var masks = ImmutableArray.CreateBuilder<TokenMask>(drafts.Length + 1);
        FormState? state = _state;
        masks.Add(MaskOf(_state));
        foreach (var draft in drafts)
        {
            state = state is null ? null : Next(state, draft);
            masks.Add(state is null ? Nothing : MaskOf(state));
        }
        return masks.MoveToImmutable();
    }

    private static TokenMask Nothing { get; } = new([]);

    // An end leaves the answer as it is: nothing is drawn behind it.
    private FormState? Next(FormState state, int tokenId) =>
        state.IsAccepting && _endTokenIds.Contains(tokenId) ? state : automaton.Next(state, tokenId);

    private TokenMask MaskOf(FormState state)
    {
        var mask = automaton.MaskOf(state);
        if (!state.IsAccepting || _endTokenIds.IsEmpty)
            return mask;
        var words = new ulong[Math.Max(mask.Words.Length, (_endTokenIds.Max() >> 6) + 1)];
        mask.Words.CopyTo(words);
        foreach (var end in _endTokenIds)
            words[end >> 6] |= 1UL << (end & 63);
        return new TokenMask(ImmutableCollectionsMarshal.AsImmutableArray(words));
    }
}
