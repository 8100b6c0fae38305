using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>A worker that dies is replaced: the new one loads its plugins anew and the group serves in a higher epoch.</summary>
[Collection(ProcessTests.Name)]
public sealed class RestartTests
{
    private const string Model = "gaudi-demo";

    [Fact]
    public async Task A_killed_worker_is_replaced_and_the_answers_are_the_same()
    {
        await using var server = await ServerProcess.ServeAsync(Model, "-tp", "2");
        var before = await Questions.AnswersAsync(server, Model);
        var digest = (string)(await CardAsync(server, 1))["digest"]!;

        var servesAgain = server.Error.WaitFor(line => line.Contains(" serves, epoch ", StringComparison.Ordinal));
        Signals.Send(server.Workers[1], Signals.Kill);
        await servesAgain.WaitAsync(ServerProcess.Patience);

        var card = await CardAsync(server, 1);
        Assert.NotEqual(server.Workers[1], (int)card["workerPid"]!);
        Assert.Equal(digest, (string)card["digest"]!);
        Assert.True((long)card["epoch"]! > 1);
        Assert.Equal(before, await Questions.AnswersAsync(server, Model));
        Assert.Contains(server.Error.Lines, line => line.Contains("was ended by signal 9", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Error.Lines, line => line.StartsWith("   at ", StringComparison.Ordinal));
    }

    private static async Task<JsonNode> CardAsync(ServerProcess server, int card) =>
        JsonNode.Parse(await server.Client.GetStringAsync("/v1/cards"))!.AsArray().Single(row => (int)row!["card"]! == card)!;
}
