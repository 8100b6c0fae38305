using System.Runtime.InteropServices;

namespace Gaudi.Hpu.Cards.Probe;

/// <summary>Intel's management library, where its driver package is installed.</summary>
public static class HlmlLibrary
{
    private static readonly string[] Places = ["/usr/lib/habanalabs/libhlml.so", "libhlml.so"];

    /// <summary>Loads the library. It stays loaded: a worker process ends soon enough.</summary>
    public static HlmlOpening Open() => Open(Places);

    /// <summary>Loads the first of the files that is a library.</summary>
    /// <param name="places">Paths, or names that the loader searches for.</param>
    public static unsafe HlmlOpening Open(IReadOnlyList<string> places)
    {
        nint library = 0;
        if (!places.Any(place => NativeLibrary.TryLoad(place, out library)))
            return new HlmlOpening(null, $"libhlml is not installed (tried {string.Join(", ", places)})");
        var missing = new List<string>();
        var functions = new HlmlFunctions
        {
            Init = (delegate* unmanaged[Cdecl]<int>)Find("hlml_init"),
            Shutdown = (delegate* unmanaged[Cdecl]<int>)Find("hlml_shutdown"),
            GetCount = (delegate* unmanaged[Cdecl]<uint*, int>)Find("hlml_device_get_count"),
            GetHandle = (delegate* unmanaged[Cdecl]<uint, nint*, int>)Find("hlml_device_get_handle_by_index"),
            GetName = (delegate* unmanaged[Cdecl]<nint, byte*, uint, int>)Find("hlml_device_get_name"),
            GetMemory =
                (delegate* unmanaged[Cdecl]<nint, HlmlFunctions.Memory*, int>)Find("hlml_device_get_memory_info"),
        };
        return missing.Count == 0
            ? new HlmlOpening(functions, "")
            : new HlmlOpening(null, $"libhlml lacks {string.Join(", ", missing)}; update Intel's driver package");

        nint Find(string name)
        {
            if (NativeLibrary.TryGetExport(library, name, out var address))
                return address;
            missing.Add(name);
            return 0;
        }
    }
}
