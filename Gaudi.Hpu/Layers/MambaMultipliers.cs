namespace Gaudi.Hpu.Layers;

/// <summary>Factors of the parts of a state space layer's input projection, where a family scales them.</summary>
/// <param name="Gate">The gate.</param>
/// <param name="X">The heads' inputs.</param>
/// <param name="B">The input maps.</param>
/// <param name="C">The output maps.</param>
/// <param name="TimeStep">The time steps.</param>
public sealed record MambaMultipliers(float Gate, float X, float B, float C, float TimeStep);
