using System.Runtime.InteropServices;

namespace Gaudi.Hpu.Plugins;

/// <summary>The environment as native code sees it.</summary>
internal static partial class LibcEnvironment
{
    /// <summary>
    /// Sets a variable for native code and for .NET. .NET's own call changes a managed copy only, which getenv in
    /// libtorch does not see. Call it before libtorch starts threads: setenv and getenv may not run at once.
    /// </summary>
    internal static void Set(string name, string value)
    {
        Invariant.That(SetEnv(name, value, overwrite: 1) == 0,
            $"setenv {name} failed with errno {Marshal.GetLastPInvokeError()}");
        Environment.SetEnvironmentVariable(name, value);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
