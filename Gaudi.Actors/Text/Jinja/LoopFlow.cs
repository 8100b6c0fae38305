namespace Gaudi.Actors.Text.Jinja;

/// <summary>How a statement ended.</summary>
internal enum LoopFlow
{
    /// <summary>The next statement runs.</summary>
    Next,

    /// <summary>The loop ends.</summary>
    Break,

    /// <summary>The loop's next round begins.</summary>
    Continue,
}
