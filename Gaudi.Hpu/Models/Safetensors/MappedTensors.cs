using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Models.Safetensors;

/// <summary>
/// Makes tensors over a mapped file without a copy. libtorch tells only the address when a tensor's memory is given up, so
/// the live mappings are kept here by address; mappings never overlap, so an address has one owner.
/// </summary>
internal static unsafe partial class MappedTensors
{
    private const string Library = "LibTorchSharp";
    private static readonly Lock Gate = new();
    private static readonly Dictionary<nint, Holder> ByAddress = [];

    static MappedTensors() => torch.InitializeDeviceType(DeviceType.CPU); // Loads the library that the imports name.

    /// <summary>A tensor of a file's bytes: a <see cref="View"/> where the address allows it, else a copy.</summary>
    public static Tensor Read(MappedFile file, long begin, SafetensorsType type, ReadOnlySpan<long> shape)
    {
        var address = file.Start + (nint)begin;
        if (address % type.ElementBytes == 0)
            return View(file, begin, type, shape);
        var copy = torch.empty(shape.ToArray(), dtype: type.Dtype, device: CPU);
        var bytes = copy.numel() * type.ElementBytes;
        Buffer.MemoryCopy((void*)address, (void*)AddressOf(copy), bytes, bytes);
        return copy;
    }

    /// <summary>A tensor whose memory is the file's; it holds a reference to the mapping until libtorch frees it.</summary>
    /// <param name="file">Mapped; the caller holds a reference during the call.</param>
    /// <param name="begin">First byte; a multiple of the element's size in memory.</param>
    /// <param name="type">Of the values.</param>
    /// <param name="shape">Contiguous; not empty of values.</param>
    private static Tensor View(MappedFile file, long begin, SafetensorsType type, ReadOnlySpan<long> shape)
    {
        var address = file.Start + (nint)begin;
        Invariant.That(address % type.ElementBytes == 0, $"address {address} of {type.Name} is not aligned");
        Hold(address, file);
        fixed (long* sizes = shape)
        {
            var handle = THSTensor_new(
                address, &Free, sizes, shape.Length, (sbyte)type.Dtype, (sbyte)type.Dtype, (int)DeviceType.CPU, 0, 0);
            if (handle == 0)
            {
                LetGo(address);
                torch.CheckForErrors();
            }
            return Tensor.UnsafeCreateTensor(handle);
        }
    }

    /// <summary>The address of a tensor's first value.</summary>
    public static nint AddressOf(Tensor tensor) => THSTensor_data(tensor.Handle);

    private static void Hold(nint address, MappedFile file)
    {
        file.AddReference();
        lock (Gate)
        {
            ref var holder = ref CollectionsMarshal.GetValueRefOrAddDefault(ByAddress, address, out _);
            holder = new Holder(file, holder.Tensors + 1);
        }
    }

    private static void LetGo(nint address)
    {
        MappedFile file;
        lock (Gate)
        {
            var holder = ByAddress[address];
            file = holder.File;
            if (holder.Tensors == 1)
                ByAddress.Remove(address);
            else
                ByAddress[address] = holder with { Tensors = holder.Tensors - 1 };
        }
        file.Release();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Free(nint address) => LetGo(address);

    [LibraryImport(Library)]
    private static partial nint THSTensor_new(
        nint data, delegate* unmanaged[Cdecl]<nint, void> deleter, long* sizes, int sizeCount, sbyte storedType,
        sbyte type, int deviceType, int deviceIndex, byte requiresGrad);

    [LibraryImport(Library)]
    private static partial nint THSTensor_data(nint handle);

    /// <summary>How many tensors begin at an address of a file.</summary>
    private readonly record struct Holder(MappedFile File, int Tensors);
}
