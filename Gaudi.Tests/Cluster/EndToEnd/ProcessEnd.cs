using System.Runtime.InteropServices;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>Waits for the end of a process that is not our child, by the kernel's word (pidfd_open(2), Linux 5.3).</summary>
internal static partial class ProcessEnd
{
    private const int PidfdOpen = 434;
    private const short PollIn = 1;

    /// <summary>Arms the wait now; the task is true when the process ends within the patience, false when it does not.</summary>
    internal static Task<bool> Watch(int pid, TimeSpan patience)
    {
        var descriptor = (int)SystemCall(PidfdOpen, pid, 0);
        if (descriptor < 0)
            return Task.FromResult(!Signals.IsAlive(pid));
        return Task.Factory.StartNew(
            () =>
            {
                var wait = new PollRequest { Descriptor = descriptor, Events = PollIn };
                try
                {
                    return Poll(ref wait, 1, (int)patience.TotalMilliseconds) == 1;
                }
                finally
                {
                    _ = Close(descriptor);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long SystemCall(long number, long pid, long flags);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollRequest request, nuint count, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollRequest
    {
        internal int Descriptor;
        internal short Events;
        internal short Returned;
    }
}
