using System.Runtime.InteropServices;
using Xunit;

namespace Gaudi.Tests.Cluster;

/// <summary>Signals to processes a test started.</summary>
internal static partial class Signals
{
    internal const int Interrupt = 2, Kill = 9, Terminate = 15, Stop = 19;

    internal static void Send(int pid, int signal) => Assert.Equal(0, SendSignal(pid, signal));

    /// <summary>False when no such process exists, or only its unread exit code is left.</summary>
    internal static bool IsAlive(int pid)
    {
        try
        {
            // proc(5): pid (name) state; the name may hold anything but the last ')' ends it.
            var status = File.ReadAllText($"/proc/{pid}/stat");
            return status[status.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Live workers whose command line names this process as their parent.</summary>
    internal static int[] WorkersOf(int parentPid) =>
    [
        .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!))
            .Where(pid => CommandLine(pid).Contains($"--parent\0{parentPid}\0", StringComparison.Ordinal) && IsAlive(pid)),
    ];

    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (IOException)
        {
            return ""; // It has ended meanwhile.
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
