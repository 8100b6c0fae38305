namespace Gaudi.Hpu.Platforms;

/// <summary>Which attention a platform runs.</summary>
/// <param name="Backend">The name of the backend; null when the platform has none that fits.</param>
/// <param name="Reason">One sentence: why this one, or why none.</param>
public sealed record AttentionChoice(string? Backend, string Reason);
