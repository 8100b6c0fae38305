namespace Gaudi.Hpu.Layers;

/// <summary>How an RMS norm uses its weight.</summary>
public enum NormKind
{
    /// <summary>Multiplies by it.</summary>
    Plain,

    /// <summary>Multiplies by 1 + it, as Gemma does.</summary>
    OnePlus,
}
