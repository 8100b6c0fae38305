using System.Net;
using System.Text.Json;
using Gaudi.Actors.Protocols.Reports;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>The probes of a service manager, and the event log.</summary>
public sealed class ProbeTests
{
    private static HealthReport Recovering { get; } = new(false, "node card 1 was lost")
    {
        State = "degraded", Group = "m/0", Epoch = 3, Cause = "rank_lost", Cards = ["node card 1 is failed: signal 9"],
    };

    [Fact]
    public async Task Live_while_the_group_recovers_and_not_ready()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Reports.Health = _ => Task.FromResult(Recovering);
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/livez")).StatusCode);
        using var ready = await server.Client.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal("1", ready.Headers.RetryAfter?.ToString());
        using var told = JsonDocument.Parse(await ready.Content.ReadAsStringAsync());
        Assert.Equal(
            """{"isServing":false,"reason":"node card 1 was lost","state":"degraded","group":"m/0","epoch":3,"cause":"rank_lost","cards":["node card 1 is failed: signal 9"]}""",
            told.RootElement.GetRawText());
    }

    [Fact]
    public async Task Ready_while_requests_are_served()
    {
        await using var server = await ServerUnderTest.StartAsync();
        server.Reports.Health = _ => Task.FromResult(new HealthReport(true, "") { State = "serving", Group = "m/0", Epoch = 2 });
        using var ready = await server.Client.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Contains("\"state\":\"serving\"", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Actors_that_do_not_answer_are_not_live()
    {
        await using var server = await ServerUnderTest.StartAsync(settings => settings with { ReportTimeoutMs = 50 });
        server.Reports.Ping = _ => new TaskCompletionSource().Task;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.Client.GetAsync("/livez")).StatusCode);
    }

    [Fact]
    public async Task Events_behind_a_number_are_lines_of_json()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var time = DateTimeOffset.UnixEpoch;
        server.Reports.Events =
        [
            new EventRow(1, time, "node", "worker_started", "") { Card = 0, Incarnation = 1 },
            new EventRow(2, time, "node", "worker_lost", "signal 9") { Card = 0, Pid = 7, Signal = 9 },
        ];
        var lines = (await server.Client.GetStringAsync("/v1/events?after=1")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        using var row = JsonDocument.Parse(Assert.Single(lines));
        Assert.Equal(
            (2, "worker_lost", 9),
            (row.RootElement.GetProperty("seq").GetInt64(), row.RootElement.GetProperty("kind").GetString(),
                row.RootElement.GetProperty("signal").GetInt32()));
        Assert.Equal(3, (await server.Client.GetStringAsync("/v1/events")).Split('\n').Length);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Client.GetAsync("/v1/events?after=x")).StatusCode);
    }
}
