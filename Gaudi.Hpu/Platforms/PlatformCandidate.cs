namespace Gaudi.Hpu.Platforms;

/// <summary>A platform that was considered.</summary>
/// <param name="Name">Such as `hpu`. Together with the origin it is unique: names may clash (rule R32).</param>
/// <param name="Origin">`built-in`, or the entry point's `Assembly:Method`.</param>
/// <param name="Outcome">`selected`, `active` (wanted to, was not chosen), `declined`, `failed`, `filtered` or
/// `skipped`.</param>
/// <param name="Reason">One sentence.</param>
public sealed record PlatformCandidate(string Name, string Origin, string Outcome, string Reason)
{
    /// <summary>The origin of the platforms that come with the runtime.</summary>
    public const string BuiltIn = "built-in";
}
