using System.Text.RegularExpressions;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>How the program answers what the user got wrong.</summary>
internal static partial class BadInput
{
    /// <summary>
    /// The one line on standard error. Fails when there is another, when the exit code is not 1, or when a worker is left.
    /// What workers say of a model they did load is not counted: the mistake may come to light after that. Nor is Akka's word
    /// that the machine is busy.
    /// </summary>
    internal static string TheSentence(GaudiProgram.Outcome run)
    {
        Assert.True(run.ExitCode == 1, $"exit code {run.ExitCode}, expected 1; standard error:\n{run.Error}");
        Assert.Empty(Signals.WorkersOf(run.Pid));
        var line = Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line =>
            !ModelLoaded().IsMatch(line) && !BusyMachine.IsWarning(line));
        Assert.StartsWith("gaudi: ", line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", line, StringComparison.Ordinal);
        return line;
    }

    [GeneratedRegex(@"^\[card \d+\] hpu runs the model with attention `paged`")]
    private static partial Regex ModelLoaded();
}
