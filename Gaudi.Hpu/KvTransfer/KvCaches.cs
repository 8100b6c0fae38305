using System.Collections.Immutable;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.KvTransfer;

/// <summary>A rank's KV blocks as regions: one a tensor, so two a layer, or one where keys hold the values.</summary>
/// <param name="Regions">Layer by layer, keys before values; a draft model's behind the target's.</param>
/// <param name="BlockCount">Blocks of each.</param>
/// <param name="Layout">The shape of one block in each kind of region, and its type: equal only where bytes mean the same.</param>
public sealed record KvCaches(ImmutableArray<BlockRegion> Regions, int BlockCount, string Layout)
{
    /// <summary>Descriptors of single blocks.</summary>
    public long DescriptorCount => (long)Regions.Length * BlockCount;

    /// <summary>Bytes of one block over all regions.</summary>
    public long BlockBytes => Regions.Sum(region => region.BlockBytes);

    /// <summary>The regions of these tensors.</summary>
    /// <param name="models">Of each model, target first: [blocks, ...] each, contiguous; they outlive the result.</param>
    /// <exception cref="InvariantBrokenException">
    /// There are none, the first dimensions are not all the same, or regions of one model differ in length.
    /// </exception>
    public static unsafe KvCaches Of(params ReadOnlySpan<ImmutableArray<Tensor>> models)
    {
        var regions = ImmutableArray.CreateBuilder<BlockRegion>();
        var layouts = new List<string>();
        var blockCount = -1L;
        foreach (var tensors in models)
        {
            foreach (var tensor in tensors)
            {
                blockCount = blockCount < 0 ? tensor.shape[0] : blockCount;
                Invariant.That(tensor.shape[0] == blockCount, $"{tensor.shape[0]} blocks in one region, {blockCount} in another");
                var bytes = tensor.numel() * tensor.element_size();
                Invariant.That(
                    bytes == tensors[0].numel() * tensors[0].element_size(), $"a region of {bytes} bytes beside others of another length");
                regions.Add(new BlockRegion((long)TensorMemory.Pointer(tensor), bytes / blockCount, checked((int)blockCount)));
            }
            if (!tensors.IsEmpty)
                layouts.Add($"{tensors.Length} of {string.Join('+', tensors.Select(Shape).Distinct())}");
        }
        Invariant.That(regions.Count > 0, "no layer keeps blocks, so there is nothing to transfer");
        return new KvCaches(regions.ToImmutable(), (int)blockCount, string.Join(", ", layouts));
    }

    private static string Shape(Tensor tensor) => $"{string.Join('x', tensor.shape[1..])} {tensor.dtype}";
}
