using System.Diagnostics;

namespace Gaudi.Hpu.Ops;

/// <summary>
/// An op with one forward per platform. A family overrides <see cref="ForwardNative"/>; a replacement overrides
/// <see cref="ForwardOutOfTree"/>. What is not overridden falls back as upstream does (rule R55): hip to cuda; cpu, tpu,
/// xpu and out-of-tree to native; native and cuda are errors.
/// </summary>
/// <typeparam name="TForward">The delegate that gives the family's signature.</typeparam>
public abstract class CustomOp<TForward>(OpSpec spec) : CustomOp(spec)
    where TForward : Delegate
{
    private TForward? _forward;

    /// <summary>The forward chosen at construction. Reading it counts one call: read it once a call.</summary>
    public TForward Forward
    {
        get
        {
            CountCall();
            return _forward ??= Choose();
        }
    }

    /// <summary>Plain arithmetic in float32: the truth every other forward is compared with.</summary>
    protected virtual TForward ForwardNative => throw Missing(nameof(ForwardNative));

    /// <summary>The forward on an NVIDIA platform.</summary>
    protected virtual TForward ForwardCuda => throw Missing(nameof(ForwardCuda));

    /// <summary>The forward on an AMD platform; the CUDA one unless overridden.</summary>
    protected virtual TForward ForwardHip => ForwardCuda;

    /// <summary>The forward on the CPU platform; the native one unless overridden.</summary>
    protected virtual TForward ForwardCpu => ForwardNative;

    /// <summary>The forward on a TPU platform; the native one unless overridden.</summary>
    protected virtual TForward ForwardTpu => ForwardNative;

    /// <summary>The forward on an Intel GPU platform; the native one unless overridden.</summary>
    protected virtual TForward ForwardXpu => ForwardNative;

    /// <summary>The forward on an out-of-tree platform; the native one unless overridden.</summary>
    protected virtual TForward ForwardOutOfTree => ForwardNative;

    private TForward Choose() => Dispatch switch
    {
        OpDispatch.Native => ForwardNative,
        OpDispatch.Cuda => ForwardCuda,
        OpDispatch.Hip => ForwardHip,
        OpDispatch.Cpu => ForwardCpu,
        OpDispatch.Tpu => ForwardTpu,
        OpDispatch.Xpu => ForwardXpu,
        OpDispatch.OutOfTree => ForwardOutOfTree,
        _ => throw new UnreachableException($"dispatch {Dispatch}"),
    };

    private NotImplementedException Missing(string forward) =>
        new($"op `{Key}` ({GetType().Name}) has no {forward}; override it or disable the op");
}
