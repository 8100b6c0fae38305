namespace Gaudi.Hpu.Execution;

/// <summary>The draft model that every rank loads whole, beside its share of the target.</summary>
/// <param name="ModelFolder">A Hugging Face model folder with the target's vocabulary.</param>
/// <param name="TokensMax">Most tokens proposed at once.</param>
public sealed record DraftSettings(string ModelFolder, int TokensMax);
