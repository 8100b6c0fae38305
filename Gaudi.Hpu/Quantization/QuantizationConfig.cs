using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Quantization;

/// <summary>How a checkpoint's linear weights are stored, where not plainly.</summary>
public abstract record QuantizationConfig
{
    /// <summary>As `quant_method` names it.</summary>
    public abstract string Method { get; }

    /// <summary>Whether its products depend on the card's range of float8.</summary>
    public virtual bool UsesFloat8 => false;

    /// <summary>Whether a linear layer is stored so.</summary>
    /// <param name="layer">Its checkpoint name without a suffix.</param>
    /// <param name="find">What the checkpoint has under a name; null for nothing.</param>
    public abstract bool Covers(string layer, Func<string, StoredTensor?> find);

    /// <summary>Whether a tensor's stored type says nothing of the type the model computes in.</summary>
    /// <param name="tensorName">In the checkpoint.</param>
    /// <param name="dtype">Its stored type.</param>
    public abstract bool IsCode(string tensorName, ScalarType dtype);

    /// <summary>Tensors that tools of this method write and nobody reads.</summary>
    /// <param name="tensorName">In the checkpoint, and of no use to the model.</param>
    public virtual bool IsIgnored(string tensorName) => false;

    /// <summary>Refuses tensors that contradict each other, whatever model they belong to.</summary>
    /// <param name="names">All of the checkpoint.</param>
    /// <param name="find">What it has under a name; null for nothing.</param>
    /// <exception cref="QuantizationException">The first that does.</exception>
    public virtual void CheckStored(IEnumerable<string> names, Func<string, StoredTensor?> find)
    {
    }

    /// <summary>Why a rank cannot hold its share of a layer so.</summary>
    /// <param name="share">Of a layer that is covered.</param>
    /// <param name="find">What the checkpoint has under a name; null for nothing.</param>
    public abstract IEnumerable<string> Problems(LinearShare share, Func<string, StoredTensor?> find);

    /// <summary>The linear method of a layer, its weight not yet loaded.</summary>
    /// <param name="build">Of a share without <see cref="Problems"/>.</param>
    public abstract ILinearMethod Create(LinearBuild build);

    /// <summary>A layer of experts whose linear methods are of this scheme, its weights not yet loaded.</summary>
    /// <param name="table">Where ops are looked up.</param>
    /// <param name="spec">With linear methods.</param>
    /// <param name="layer">The checkpoint name of one of its weights, without a suffix.</param>
    /// <exception cref="QuantizationException">The scheme has no layer of experts.</exception>
    public virtual FusedMoe CreateExperts(OpTable table, FusedMoeSpec spec, string layer) => throw new QuantizationException(
        $"{layer}: experts quantized by {Method} are not built; built are those of fp8, and of compressed-tensors float-quantized "
        + "and pack-quantized (symmetric)");
}
