using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Chooses how each linear layer of a model keeps its weight.</summary>
public interface ILinearMethodChoice
{
    /// <summary>The method of a layer, its weight not yet loaded; null where it is plain.</summary>
    /// <param name="table">Where ops are looked up.</param>
    /// <param name="prefix">Where in the model the layer sits.</param>
    /// <param name="dtype">Of the activations.</param>
    /// <param name="device">Where its weight lives.</param>
    /// <param name="share">What this rank has of it.</param>
    ILinearMethod? MethodOf(OpTable table, string prefix, ScalarType dtype, Device device, LinearShare share);

    /// <summary>A layer of experts whose weights are kept by such methods, not yet loaded; null where they are plain.</summary>
    /// <param name="table">Where ops are looked up.</param>
    /// <param name="spec">Of plain experts.</param>
    FusedMoe? ExpertsOf(OpTable table, FusedMoeSpec spec);
}
