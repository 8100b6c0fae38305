using System.Runtime.InteropServices;

namespace Gaudi.Tests.Storm;

/// <summary>Signals to processes of the storm.</summary>
internal static partial class Signals
{
    internal const int Kill = 9, Terminate = 15, Stop = 19;

    /// <summary>False when there is no such process any more.</summary>
    internal static bool Send(int pid, int signal) => SendSignal(pid, signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
