namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>What random numbers are for: streams of different purposes have nothing to do with each other.</summary>
internal enum DrawPurpose
{
    /// <summary>The race for a token, speculated or not.</summary>
    Token = 0,

    /// <summary>Whether a draft stands, in standard verification.</summary>
    Acceptance = 1,

    /// <summary>The race for the token in place of a draft that does not stand, in standard verification.</summary>
    Recovery = 2,
}
