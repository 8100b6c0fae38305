namespace Gaudi.Hpu.Platforms;

/// <summary>A candidate before the choice.</summary>
/// <param name="Name">Such as `hpu`.</param>
/// <param name="Origin">`built-in`, or the entry point's `Assembly:Method`.</param>
/// <param name="IsActive">It wants to run.</param>
/// <param name="Outcome">See <see cref="PlatformCandidate"/>.</param>
/// <param name="Reason">One sentence.</param>
public sealed record PlatformContender(string Name, string Origin, bool IsActive, string Outcome, string Reason)
{
    /// <summary>It comes with the runtime.</summary>
    public bool IsBuiltIn => Origin == PlatformCandidate.BuiltIn;
}
