namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// What a token is in its sequence. The kernel that computes it is a function of this alone, so that a token has the
/// same bits whatever the batch and the history.
/// </summary>
public enum TokenRole
{
    /// <summary>Part of the prompt: the prefill kernel.</summary>
    Prompt,

    /// <summary>Generated: the decode kernel, also when it is recomputed later.</summary>
    Generated,
}
