using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>
/// A feed-forward part of experts: experts(x, router(gate(x))), and where the model has a shared expert
/// + shared(x), or + sigmoid(sharedGate(x)) * shared(x). The two are added in float32 and rounded once.
/// </summary>
/// <param name="gate">The router's gate, [experts, hidden].</param>
/// <param name="router">Chooses experts from the gate's outputs.</param>
/// <param name="experts">The experts.</param>
/// <param name="shared">What every token passes through besides; null where there is none.</param>
/// <param name="sharedGate">
/// Weighs the shared expert's output, [1, hidden], as in Qwen2-MoE; null counts it whole, as in DeepSeek.
/// </param>
/// <remarks>Source: Dai et al. 2024, DeepSeekMoE, for the shared expert; Qwen2-MoE for its gate.</remarks>
public sealed class MoeFeedForward(
    ReplicatedLinear gate, TopkRouter router, FusedMoe experts, IFeedForward? shared = null,
    ReplicatedLinear? sharedGate = null)
    : IFeedForward
{
    /// <inheritdoc />
    public Tensor Forward(Tensor x, TokenRole role)
    {
        using var scope = NewDisposeScope();
        using var routed = router.Forward(gate.Forward(x, role)); // [tokens, k] each
        var chosen = experts.Forward(x, routed, role); // [tokens, hidden]
        if (shared is null)
            return scope.MoveToOuter(chosen);
        var wide = shared.Forward(x, role).to_type(ScalarType.Float32); // [tokens, hidden]
        if (sharedGate is not null)
            wide = wide * Logistic.Of(sharedGate.Forward(x, role)); // [tokens, hidden]
        var sum = chosen.to_type(ScalarType.Float32).Plus(wide); // [tokens, hidden]
        return scope.MoveToOuter(sum.to_type(x.dtype));
    }
}
