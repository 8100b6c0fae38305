using System.Text.RegularExpressions;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>`gaudi ask`: a whole server for one question.</summary>
[Collection(ProcessTests.Name)]
public sealed partial class AskTests
{
    [Fact]
    public async Task The_answer_alone_is_on_standard_output_and_no_worker_is_left()
    {
        var run = await GaudiProgram.RunAsync("ask", "What is 17 + 25?");
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^[^\n]*\b42\n$", run.Output);
        var workers = WorkerPid().Matches(run.Error).Select(match => int.Parse(match.Groups[1].Value)).ToArray();
        Assert.Equal(2, workers.Length);
        Assert.All(workers, worker => Assert.False(Signals.IsAlive(worker)));
    }

    [GeneratedRegex(@"^card .* process (\d+)$", RegexOptions.Multiline)]
    private static partial Regex WorkerPid();
}
