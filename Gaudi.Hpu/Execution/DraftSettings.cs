namespace Gaudi.Hpu.Execution;

/// <summary>The draft model that every rank loads whole, beside its share of the target.</summary>
/// <param name="ModelFolder">A Hugging Face model folder with the target's vocabulary.</param>
public sealed record DraftSettings(string ModelFolder);
