using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Puts the keys and values of a pass into the slots of their positions, as the cache keeps them.</summary>
internal static unsafe class KvWriter
{
    /// <summary>Overwrites the rows' slots; padding becomes 0.</summary>
    /// <param name="key">[tokens, kvHeads * headDim], float32 or bfloat16. Not changed.</param>
    /// <param name="value">Alike; not read where values are part of the keys.</param>
    /// <param name="cache">The layer's blocks.</param>
    /// <param name="rows">Where the rows stand in their sequences.</param>
    public static void Store(Tensor key, Tensor value, PagedKv cache, StepRows rows)
    {
        using var scope = NewDisposeScope();
        // What is quantized here is read in its own type: a code is rounded once.
        var dtype = cache.Scales is null ? cache.Dtype : key.dtype;
        var keys = TensorMemory.Pointer(key.to_type(dtype).contiguous());
        var values = TensorMemory.Pointer(value.to_type(dtype).contiguous());
        var isHalf = dtype == ScalarType.BFloat16;
        if (cache.Scales is not { } scales)
        {
            if (isHalf)
                Store(keys, values, cache, rows, default(Copied<ushort>), default(Copied<ushort>));
            else
                Store(keys, values, cache, rows, default(Copied<uint>), default(Copied<uint>));
        }
        else if (isHalf)
            Store(
                keys, values, cache, rows, new Quantized<StoredBfloat16>(scales.Key, scales.Max),
                new Quantized<StoredBfloat16>(scales.Value, scales.Max));
        else
            Store(
                keys, values, cache, rows, new Quantized<StoredFloat32>(scales.Key, scales.Max),
                new Quantized<StoredFloat32>(scales.Value, scales.Max));
    }

    private static void Store<TPut>(byte* keys, byte* values, PagedKv cache, StepRows rows, TPut putKey, TPut putValue)
        where TPut : struct, IPut
    {
        var from = 0L;
        for (var row = 0; row < rows.Count; row++)
        {
            var block = rows.BlockTables[row][rows.Positions[row] / cache.BlockSizeTokens];
            var offset = rows.Positions[row] % cache.BlockSizeTokens;
            for (var kvHead = 0; kvHead < cache.KvHeadCount; kvHead++, from += cache.HeadDim)
            {
                var head = cache.Head(kvHead);
                var keySlot = (block * head.BlockStride) + offset;
                for (var d = 0; d < cache.HeadDim; d++)
                    putKey.Put(keys, from + d, head.Keys, keySlot + ((long)d * cache.BlockSizeTokens));
                for (var d = cache.HeadDim; d < head.HeadDim; d++)
                    putKey.Clear(head.Keys, keySlot + ((long)d * cache.BlockSizeTokens));
                if (head.Values == null)
                    continue;
                var valueSlot = (block * head.BlockStride) + ((long)offset * head.HeadDim);
                for (var d = 0; d < cache.HeadDim; d++)
                    putValue.Put(values, from + d, head.Values, valueSlot + d);
                for (var d = cache.HeadDim; d < head.HeadDim; d++)
                    putValue.Clear(head.Values, valueSlot + d);
            }
        }
    }

    private interface IPut
    {
        void Put(byte* from, long index, byte* to, long slot);

        void Clear(byte* to, long slot);
    }

    private readonly struct Copied<T> : IPut where T : unmanaged
    {
        public void Put(byte* from, long index, byte* to, long slot) => ((T*)to)[slot] = ((T*)from)[index];

        public void Clear(byte* to, long slot) => ((T*)to)[slot] = default;
    }

    private readonly struct Quantized<TStored>(float scale, float max) : IPut where TStored : struct, IStoredFloat
    {
        private readonly float _factor = 1 / scale;

        public void Put(byte* from, long index, byte* to, long slot) =>
            to[slot] = E4m3.Encode(TStored.Load(from, index) * _factor, max);

        public void Clear(byte* to, long slot) => to[slot] = 0;
    }
}
