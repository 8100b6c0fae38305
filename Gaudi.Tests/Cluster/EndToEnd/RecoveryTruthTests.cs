using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>What a server says of itself while a rank is replaced, and that it may be told to stop meanwhile.</summary>
[Collection(ProcessTests.Name)]
public sealed class RecoveryTruthTests
{
    private const string Model = "gaudi-demo";
    private const int TokenCount = 150;

    [Fact]
    public async Task A_server_told_to_stop_while_a_rank_is_replaced_answers_what_it_had_accepted_first() // T52
    {
        await using var server = await ServerProcess.ServeAsync(Model, "-tp", "2");
        var stream = await TokenStream.ReadAsync(server, Model, TokenCount);
        var isHurt = 0;
        var answer = await TokenStream.ReadAsync(server, Model, TokenCount, began: count =>
        {
            if (count < TokenCount / 3 || Interlocked.Exchange(ref isHurt, 1) == 1)
                return;
            Signals.Send(server.Workers[1], Signals.Kill);
            server.Signal(Signals.Terminate);
        });
        Assert.Equal(stream, answer);
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task Probes_cards_and_metrics_tell_each_phase_of_a_recovery() // T53
    {
        // Without a spare nothing serves until the worker is started again: long enough to look at.
        await using var server = await ServerProcess.StartAsync(
            ImmutableDictionary<string, string>.Empty,
            ["serve", Model, "-tp", "2", "--port", "0", "--set", "gaudi.workers.restart-first-ms=3000"]);
        Assert.Equal((HttpStatusCode.OK, 0), (await StatusAsync(server, "/readyz"), await LostCountAsync(server)));
        Signals.Send(server.Workers[1], Signals.Kill);

        await Eventually.ReadAsync(
            () => StatusAsync(server, "/readyz"), status => status == HttpStatusCode.ServiceUnavailable, ServerProcess.Patience);
        var ready = JsonNode.Parse(await (await server.Client.GetAsync("/readyz")).Content.ReadAsStringAsync())!;
        Assert.Equal("degraded", (string)ready["state"]!);
        Assert.Contains("was ended by signal 9", (string)ready["reason"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(server, "/health"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "/livez"));
        var lost = (await CardsAsync(server))[1]!;
        Assert.Equal(("failed", null), ((string)lost["state"]!, lost["workerPid"]));

        await Eventually.ReadAsync(() => StatusAsync(server, "/readyz"), status => status == HttpStatusCode.OK, ServerProcess.Patience);
        var back = (await CardsAsync(server))[1]!;
        Assert.Equal((1, 2L), ((int)back["rank"]!, (long)back["epoch"]!));
        Assert.NotEqual(server.Workers[1], (int)back["workerPid"]!);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "/health"));
        Assert.Equal(1, await LostCountAsync(server));
    }

    private static async Task<HttpStatusCode> StatusAsync(ServerProcess server, string path)
    {
        using var response = await server.Client.GetAsync(path);
        return response.StatusCode;
    }

    private static async Task<JsonArray> CardsAsync(ServerProcess server) =>
        JsonNode.Parse(await server.Client.GetStringAsync("/v1/cards"))!.AsArray();

    // Recoveries after a lost rank or a step that it broke.
    private static async Task<int> LostCountAsync(ServerProcess server) =>
        (await server.Client.GetStringAsync("/metrics")).Split('\n')
            .Where(line => line.Contains("cause=\"rank_lost\"", StringComparison.Ordinal)
                || line.Contains("cause=\"step_fault\"", StringComparison.Ordinal))
            .Sum(line => (int)double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));
}
