namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Chooses the experts of one token.</summary>
/// <param name="logits">[experts].</param>
/// <param name="ids">[k]; filled with the chosen experts by falling score.</param>
/// <param name="weights">[k]; filled with their scores, before they are renormalised and scaled.</param>
/// <remarks>A score that is no number may be left for <see cref="TopkRouter"/> to refuse.</remarks>
public delegate void RouterRow(ReadOnlySpan<float> logits, Span<long> ids, Span<float> weights);
