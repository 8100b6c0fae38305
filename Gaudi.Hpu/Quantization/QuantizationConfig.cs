using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>How a checkpoint's linear weights are stored, where not plainly.</summary>
public abstract record QuantizationConfig
{
    /// <summary>As `quant_method` names it.</summary>
    public abstract string Method { get; }

    /// <summary>Whether a linear layer is stored so.</summary>
    /// <param name="layer">Its checkpoint name without a suffix.</param>
    /// <param name="hasTensor">Whether the checkpoint has a tensor of a name.</param>
    public abstract bool Covers(string layer, Func<string, bool> hasTensor);

    /// <summary>Whether a tensor's stored type says nothing of the type the model computes in.</summary>
    /// <param name="tensorName">In the checkpoint.</param>
    public abstract bool IsCode(string tensorName);

    /// <summary>Tensors that tools of this method write and nobody reads.</summary>
    /// <param name="tensorName">In the checkpoint, and of no use to the model.</param>
    public virtual bool IsIgnored(string tensorName) => false;

    /// <summary>Why a rank cannot hold its share of a layer so.</summary>
    /// <param name="share">Of a layer that is covered.</param>
    public abstract IEnumerable<string> Problems(LinearShare share);

    /// <summary>The linear method of a layer, its weight not yet loaded.</summary>
    /// <param name="table">Where ops are looked up.</param>
    /// <param name="prefix">Where in the model the layer sits.</param>
    /// <param name="dtype">Of the activations.</param>
    /// <param name="device">Where its weight lives.</param>
    /// <param name="share">What this rank has of it: see <see cref="Problems"/>.</param>
    /// <param name="hasTensor">Whether the checkpoint has a tensor of a name.</param>
    public abstract ILinearMethod Create(
        OpTable table, string prefix, ScalarType dtype, Device device, LinearShare share, Func<string, bool> hasTensor);
}
