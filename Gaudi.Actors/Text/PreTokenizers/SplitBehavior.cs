namespace Gaudi.Actors.Text.PreTokenizers;

/// <summary>What becomes of the text that a splitting pattern matched.</summary>
internal enum SplitBehavior
{
    /// <summary>It is dropped.</summary>
    Removed,

    /// <summary>It is a piece of its own.</summary>
    Isolated,

    /// <summary>It ends the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>It begins the piece after it.</summary>
    MergedWithNext,

    /// <summary>Touching matches together are one piece.</summary>
    Contiguous,
}
