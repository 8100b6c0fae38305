using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>A router: chooses k experts for every token from the outputs of the router's gate.</summary>
/// <param name="logits">[tokens, experts], the gate's outputs in the model's type. Not changed.</param>
/// <returns>
/// The chosen experts of every token by falling score, equal scores by rising index; the caller disposes it.
/// </returns>
/// <exception cref="InvariantBrokenException">Another number of columns, or a score that is no number.</exception>
public delegate RoutedTokens RouterForward(Tensor logits);
