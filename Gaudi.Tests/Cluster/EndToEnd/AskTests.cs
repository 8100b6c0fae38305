using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>`gaudi ask`: a whole server for one question.</summary>
[Collection(ProcessTests.Name)]
public sealed class AskTests
{
    [Fact]
    public async Task The_answer_alone_is_on_standard_output_and_no_worker_is_left()
    {
        var run = await GaudiProgram.RunAsync("ask", "What is 17 + 25?");
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^[^\n]*\b42\n$", run.Output);
        Assert.Empty(Signals.WorkersOf(run.Pid));
    }
}
