namespace Gaudi.Hpu.Platforms;

/// <summary>Which attention a platform runs.</summary>
/// <param name="Backend">The name of the backend; null when the platform has none that fits.</param>
/// <param name="Reason">One sentence: why this one, or why none.</param>
public sealed record AttentionChoice(string? Backend, string Reason)
{
    /// <summary>Over blocks of keys and values of a rank's own heads.</summary>
    public const string Paged = "paged";

    /// <summary>Over blocks of latents that all heads share.</summary>
    public const string PagedLatent = "paged-mla";
}
