namespace Gaudi.Actors.Constraints;

/// <summary>
/// A place in a rule: what byte leads where, what leads on without one, which rules may be called, where they return to.
/// </summary>
internal sealed class GrammarNode
{
    /// <summary>Bytes, and the node behind them.</summary>
    internal List<(byte First, byte Last, int Target)> Steps { get; } = [];

    /// <summary>Nodes that are reached without a byte.</summary>
    internal List<int> Jumps { get; } = [];

    /// <summary>Rules that may stand here: the node they begin at, and the one that follows their end.</summary>
    internal List<(int Start, int Return)> Calls { get; } = [];

    /// <summary>True where a rule is over.</summary>
    internal bool IsEnd { get; set; }
}
