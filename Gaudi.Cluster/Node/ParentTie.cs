using System.Runtime.InteropServices;

namespace Gaudi.Cluster.Node;

/// <summary>Ties this process's life to its parent's, by the kernel.</summary>
internal static partial class ParentTie
{
    // <linux/prctl.h>: deliver this signal when the parent thread dies. A stopped process receives SIGKILL too.
    private const int PrSetPdeathsig = 1;
    private const int Sigkill = 9;

    /// <summary>From now on the kernel kills this process when the thread that started it is gone.</summary>
    /// <param name="parentPid">Who started us. Checked after the call: a parent that died before it sends no signal.</param>
    /// <returns>False when that parent is gone already, and this process should leave.</returns>
    internal static bool Bind(int parentPid) =>
        Prctl(PrSetPdeathsig, Sigkill, 0, 0, 0) == 0 && Getppid() == parentPid;

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Prctl(int option, nuint arg2, nuint arg3, nuint arg4, nuint arg5);

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int Getppid();
}
