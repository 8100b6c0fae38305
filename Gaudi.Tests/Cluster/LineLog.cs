using System.Text;
using Xunit;

namespace Gaudi.Tests.Cluster;

/// <summary>Keeps lines and completes waits as they come. Arm the wait, act, await.</summary>
internal sealed class LineLog : TextWriter
{
    private readonly List<string> _lines = [];
    private readonly List<(Func<string, bool> Wanted, TaskCompletionSource<string> Found)> _waits = [];

    public override Encoding Encoding => Encoding.UTF8;

    internal string[] Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    /// <summary>The first line, past or future, that fits.</summary>
    internal Task<string> WaitFor(Func<string, bool> wanted)
    {
        lock (_lines)
        {
            if (_lines.FirstOrDefault(wanted) is { } past)
                return Task.FromResult(past);
            var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waits.Add((wanted, found));
            return found.Task;
        }
    }

    public override void WriteLine(string? line)
    {
        lock (_lines)
        {
            _lines.Add(line ?? "");
            foreach (var (wanted, found) in _waits)
            {
                if (wanted(line ?? ""))
                    found.TrySetResult(line ?? "");
            }
        }
    }

    public override void Write(char value) => throw new NotSupportedException("whole lines only");
}
