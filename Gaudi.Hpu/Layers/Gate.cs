namespace Gaudi.Hpu.Layers;

/// <summary>The function of a gated feed-forward part.</summary>
public enum Gate
{
    /// <summary>x * sigmoid(x).</summary>
    Silu,

    /// <summary>gelu in its tanh form.</summary>
    GeluTanh,
}
