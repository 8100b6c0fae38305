namespace Gaudi.Hpu.Platforms;

/// <summary>What a model asks of attention.</summary>
/// <param name="UsesMla">Multi-head latent attention.</param>
/// <param name="IsSparse">Attends to a chosen few positions.</param>
public sealed record AttentionNeeds(bool UsesMla = false, bool IsSparse = false);
