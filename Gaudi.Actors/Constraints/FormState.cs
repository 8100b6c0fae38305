using Gaudi.Hpu.Execution;

namespace Gaudi.Actors.Constraints;

/// <summary>How far a text has come: every place of the grammar it may stand at. Of one automaton, and only for it.</summary>
public sealed class FormState
{
    internal FormState(long[] places, bool isAccepting)
    {
        Places = places;
        IsAccepting = isAccepting;
    }

    /// <summary>True when the text is a whole one.</summary>
    internal bool IsAccepting { get; }

    /// <summary>True when the text is a whole one and nothing can follow.</summary>
    internal bool IsFinal => IsAccepting && Places.Length == 0;

    /// <summary>Node and stack of each place from which a byte leads on, ascending.</summary>
    internal long[] Places { get; }

    /// <summary>What is allowed here; null until it was asked for.</summary>
    internal TokenMask? Mask { get; set; }

    /// <summary>Where each class of bytes leads, as far as it is known.</summary>
    internal FormState?[]? Nexts { get; set; }

    /// <summary>Of the automaton's memory when <see cref="Nexts"/> was made.</summary>
    internal long Generation { get; set; }
}
