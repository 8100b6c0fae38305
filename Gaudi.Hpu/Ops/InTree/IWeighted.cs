using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// An op with weights. It says which slices its rank owns; the loader reads exactly those and hands them over.
/// </summary>
public interface IWeighted : IDisposable
{
    /// <summary>The slices, in the order of <see cref="Load"/>'s index.</summary>
    ImmutableArray<WeightSlice> Slices { get; }

    /// <summary>Bytes the op holds once loaded, padding included. Known before anything is loaded.</summary>
    long WeightBytes { get; }

    /// <summary>Takes over one slice by copying it; the caller keeps the tensor.</summary>
    /// <param name="slice">Index into <see cref="Slices"/>.</param>
    /// <param name="values">The slice in the checkpoint's type. Never written to.</param>
    void Load(int slice, Tensor values);
}
