namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What a router makes of its gate's outputs.</summary>
public enum RouterScoring
{
    /// <summary>e^x_i / sum e^x over all experts.</summary>
    Softmax,

    /// <summary>1 / (1 + e^-x).</summary>
    Sigmoid,

    /// <summary>sqrt(ln(1 + e^x)).</summary>
    SqrtSoftplus,

    /// <summary>The output itself chooses; the weights are the softmax over the chosen outputs, as in gpt-oss.</summary>
    SoftmaxOfChosen,
}
