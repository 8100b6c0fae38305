namespace Gaudi.Hpu.Ops;

/// <summary>Which of an op's forwards runs. Decided once, when the op is built (rules R53, R54).</summary>
public enum OpDispatch
{
    /// <summary>The plain forward: slow, right, the truth. Also what a disabled op runs.</summary>
    Native,

    /// <summary>An NVIDIA platform.</summary>
    Cuda,

    /// <summary>An AMD platform.</summary>
    Hip,

    /// <summary>The CPU platform.</summary>
    Cpu,

    /// <summary>A TPU platform.</summary>
    Tpu,

    /// <summary>An Intel GPU platform.</summary>
    Xpu,

    /// <summary>An out-of-tree platform, such as hpu.</summary>
    OutOfTree,
}
