using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Gaudi.Hpu.Cards.Probe;

namespace Gaudi.Tests.Hpu.Cards.Probe;

/// <summary>
/// A libhlml written in C#: the probe calls it through the same addresses as the real one. One a thread.
/// </summary>
internal static unsafe class FakeHlml
{
    [ThreadStatic]
    private static State? _state;

    internal sealed class State
    {
        internal (string Name, ulong MemoryBytes)[] Cards { get; init; } = [];

        internal int InitError { get; init; }

        internal int CountError { get; init; }

        internal int LostCard { get; init; } = -1;

        internal int ShutdownCount { get; set; }
    }

    internal static HlmlFunctions Functions(State state)
    {
        _state = state;
        return new HlmlFunctions
        {
            Init = &Init,
            Shutdown = &Shutdown,
            GetCount = &GetCount,
            GetHandle = &GetHandle,
            GetName = &GetName,
            GetMemory = &GetMemory,
        };
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Init() => _state!.InitError;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Shutdown()
    {
        _state!.ShutdownCount++;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetCount(uint* count)
    {
        *count = (uint)_state!.Cards.Length;
        return _state.CountError;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetHandle(uint index, nint* device)
    {
        *device = (nint)index + 1000;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetName(nint device, byte* text, uint textBytes)
    {
        var name = Encoding.UTF8.GetBytes(_state!.Cards[device - 1000].Name + '\0');
        if (name.Length > textBytes)
            return 7;
        name.CopyTo(new Span<byte>(text, (int)textBytes));
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetMemory(nint device, HlmlFunctions.Memory* memory)
    {
        if (_state!.LostCard == device - 1000)
            return 15;
        var totalBytes = _state.Cards[device - 1000].MemoryBytes;
        *memory = new HlmlFunctions.Memory { FreeBytes = totalBytes - 1, TotalBytes = totalBytes, UsedBytes = 1 };
        return 0;
    }
}
