using System.Text.Json.Nodes;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>What a server of two real worker processes tells of itself.</summary>
[Collection(ProcessTests.Name)]
public sealed class ReportTests(TwoCardServer two) : IClassFixture<TwoCardServer>
{
    private ServerProcess Server => two.Server;

    [Fact]
    public async Task Every_worker_reports_its_own_load()
    {
        var rows = (await ReportAsync("/v1/plugins")).AsArray();
        Assert.Equal(2, Server.Workers.Distinct().Count());
        for (var card = 0; card < 2; card++)
        {
            var own = rows.Where(row => (int)row!["card"]! == card).ToArray();
            Assert.Equal(["hpu selected", "hpu_custom_ops registered"], own.Select(row => $"{row!["name"]} {row["outcome"]}"));
            Assert.All(own, row => Assert.Equal(Server.Workers[card], (int)row!["pid"]!));
            Assert.All(own, row => Assert.True((double)row!["durationMs"]! > 0));
        }
        Assert.Equal(4, rows.Count);
    }

    [Fact]
    public async Task Both_cards_are_ranks_of_one_group_in_one_epoch()
    {
        var rows = (await ReportAsync("/v1/cards")).AsArray();
        Assert.Equal(
            ["0 serving rank 0 of gaudi-demo/0 in 1", "1 serving rank 1 of gaudi-demo/0 in 1"],
            rows.Select(row => $"{row!["card"]} {row["state"]} rank {row["rank"]} of {row["group"]} in {row["epoch"]}"));
        Assert.Equal(Server.Workers, rows.Select(row => (int)row!["workerPid"]!));
        Assert.All(rows, row => Assert.True((bool)row!["simulated"]!));
        Assert.Single(rows.Select(row => (string)row!["digest"]!).Distinct());
    }

    [Fact]
    public async Task Forwards_of_the_plugins_ops_are_counted()
    {
        await Questions.TextAsync(Server, "gaudi-demo", "What is 1 + 1?");
        var report = await ReportAsync("/v1/ops");
        var norm = report["ops"]!.AsArray().Single(op => (string)op!["name"]! == "RMSNorm")!;
        Assert.Equal("hpu_layernorm of hpu_custom_ops", $"{norm["module"]} of {norm["provider"]}");
        Assert.True((long)norm["calls"]! > 0);
        Assert.Equal(Server.Workers.Order(), report["workers"]!.AsArray().Select(worker => (int)worker!["pid"]!).Order());
        Assert.All(report["workers"]!.AsArray(), worker => Assert.Equal((string)report["digest"]!, (string)worker!["digest"]!));
    }

    [Theory]
    [InlineData("plugins")]
    [InlineData("cards")]
    public async Task The_verb_with_url_prints_what_the_server_answers(string verb)
    {
        var run = await GaudiProgram.RunAsync(verb, "--json", "--url", Server.Client.BaseAddress!.ToString());
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal((await ReportAsync($"/v1/{verb}")).ToJsonString(), JsonNode.Parse(run.Output)!.ToJsonString());
    }

    [Fact]
    public void The_start_tells_plugins_cards_group_and_a_line_to_paste()
    {
        var kinds = Server.Output.Lines.Select(line => line.Split(' ')[0]);
        Assert.Equal(
            ["gaudi", "cards", "plugin", "plugin", "card", "plugin", "plugin", "card", "group", "group", "memory", "memory", "ready", "try"],
            kinds);
        Assert.StartsWith($"try      curl {Server.Client.BaseAddress}v1/chat/completions ", Server.Output.Lines[^1], StringComparison.Ordinal);
        const string chosen = "hpu runs the model with attention `paged` (the KV cache lives in blocks), steps by "
            + "Gaudi.Hpu.Execution.ModelRunner, ranks through Gaudi.Hpu.Collectives.ICollective";
        Assert.Equal(
            [$"[card 0] {chosen}", $"[card 1] {chosen}"],
            Server.Error.Lines.Where(line => !BusyMachine.IsWarning(line)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Both_ranks_count_the_same_number_of_collectives()
    {
        await Questions.TextAsync(Server, "gaudi-demo", "What is 2 + 2?");
        var counts = (await Metrics.ReadAsync(Server)).Each("gaudi:collectives_total");
        Assert.Equal(["engine=\"0\",rank=\"0\"", "engine=\"0\",rank=\"1\""], counts.Keys.Order(StringComparer.Ordinal));
        Assert.True(counts["engine=\"0\",rank=\"0\""] > 0);
        Assert.Single(counts.Values.Distinct());
    }

    [Fact]
    public async Task Health_is_good()
    {
        using var response = await Server.Client.GetAsync("/health");
        Assert.True(response.IsSuccessStatusCode);
    }

    private async Task<JsonNode> ReportAsync(string path) => JsonNode.Parse(await Server.Client.GetStringAsync(path))!;
}
