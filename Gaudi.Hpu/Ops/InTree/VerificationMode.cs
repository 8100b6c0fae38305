namespace Gaudi.Hpu.Ops.InTree;

/// <summary>When a draft token stands. Greedy requests are verified greedily in either mode.</summary>
public enum VerificationMode
{
    /// <summary>
    /// Draft and target draw with the same noise of (seed, choice, position); a draft stands where it is the target's own
    /// draw. Speculation changes no token.
    /// </summary>
    Coupled,

    /// <summary>Rejection sampling: tokens differ from those without speculation, their distribution does not.</summary>
    Standard,
}
