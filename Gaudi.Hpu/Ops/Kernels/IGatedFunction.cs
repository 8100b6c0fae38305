using System.Runtime.Intrinsics;

namespace Gaudi.Hpu.Ops.Kernels;

/// <summary>What a gated activation makes of its gate and of what the gate acts on, eight values at once.</summary>
internal interface IGatedFunction
{
    /// <summary>function(gate) * up.</summary>
    static abstract Vector256<float> Of(Vector256<float> gate, Vector256<float> up);
}
