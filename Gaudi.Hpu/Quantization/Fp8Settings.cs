namespace Gaudi.Hpu.Quantization;

/// <summary>How float8 weights and activations are scaled.</summary>
/// <param name="AlignsScales">Whether scales are rounded up to those the matrix engine applies by shifting exponents.</param>
/// <param name="AdjustsScales">Whether checkpoints are converted for a card whose range is narrower than e4m3's.</param>
/// <param name="HasChannelScales">Whether weights with a scale for each block get one for each output at load.</param>
public sealed record Fp8Settings(bool AlignsScales, bool AdjustsScales, bool HasChannelScales)
{
    /// <summary>As upstream where nobody says otherwise.</summary>
    public static Fp8Settings Usual { get; } = new(AlignsScales: false, AdjustsScales: true, HasChannelScales: true);
}
