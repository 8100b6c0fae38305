using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops;

/// <summary>
/// What an op needs to be built: immutable, one sealed record an op family. Ops have exactly one public constructor,
/// which takes the family's record; only <see cref="OpTable"/> calls it.
/// </summary>
/// <param name="Prefix">Where in the model the op sits, such as `model.layers.0.input_layernorm`.</param>
/// <param name="Dtype">The type of the activations.</param>
/// <param name="Device">Where its tensors live.</param>
public abstract record OpSpec(string Prefix, ScalarType Dtype, Device Device)
{
    /// <summary>Runs the op's own forward even where the configuration disables it (rule R61).</summary>
    public bool EnforceEnable { get; init; }
}
