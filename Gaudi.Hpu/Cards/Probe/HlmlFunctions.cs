using System.Runtime.InteropServices;

namespace Gaudi.Hpu.Cards.Probe;

/// <summary>
/// The functions of libhlml that the probe calls, as addresses: of the library, or of a test's own. Each returns 0 or
/// an error of <see cref="HlmlProbe.ErrorText"/>. Source: hlml.h of Intel's gohlml, 2025-07.
/// </summary>
public sealed unsafe class HlmlFunctions
{
    /// <summary>hlml_init.</summary>
    public required delegate* unmanaged[Cdecl]<int> Init { get; init; }

    /// <summary>hlml_shutdown.</summary>
    public required delegate* unmanaged[Cdecl]<int> Shutdown { get; init; }

    /// <summary>hlml_device_get_count(count).</summary>
    public required delegate* unmanaged[Cdecl]<uint*, int> GetCount { get; init; }

    /// <summary>hlml_device_get_handle_by_index(index, device).</summary>
    public required delegate* unmanaged[Cdecl]<uint, nint*, int> GetHandle { get; init; }

    /// <summary>hlml_device_get_name(device, text, textBytes). The text ends with a zero.</summary>
    public required delegate* unmanaged[Cdecl]<nint, byte*, uint, int> GetName { get; init; }

    /// <summary>hlml_device_get_memory_info(device, memory).</summary>
    public required delegate* unmanaged[Cdecl]<nint, Memory*, int> GetMemory { get; init; }

    /// <summary>hlml_memory_t. Unit: bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Memory
    {
        /// <summary>Not in use.</summary>
        public ulong FreeBytes;

        /// <summary>Installed.</summary>
        public ulong TotalBytes;

        /// <summary>In use.</summary>
        public ulong UsedBytes;
    }
}
