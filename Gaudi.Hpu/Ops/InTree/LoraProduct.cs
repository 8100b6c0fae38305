using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>x W^T by the order of <see cref="SummationShards"/>: a kernel that adapters' products are made with.</summary>
/// <param name="x">[rows, inputs]. Not changed.</param>
/// <param name="weight">[outputs, inputs].</param>
/// <param name="boundaries">Where its shards begin and end.</param>
/// <returns>[rows, outputs], float32, contiguous.</returns>
internal delegate Tensor LoraProduct(Tensor x, PackedMatrix weight, int[] boundaries);
