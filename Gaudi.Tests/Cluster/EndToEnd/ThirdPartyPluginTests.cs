using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>Plugins of third parties, built by themselves, loaded by real workers from a folder the user names.</summary>
[Collection(ProcessTests.Name)]
public sealed partial class ThirdPartyPluginTests
{
    private const string Model = "gaudi-demo-draft";

    [Fact]
    public async Task A_plugin_that_declares_it_replaces_RMSNorm_does_so_in_every_worker()
    {
        await using var server = await ServeAsync("SampleNorm");
        await Questions.TextAsync(server, Model, "What is 1 + 1?");
        var run = await GaudiProgram.RunAsync("ops", "--json", "--url", server.Client.BaseAddress!.ToString());
        var norm = JsonNode.Parse(run.Output)!["ops"]!.AsArray().Single(op => (string)op!["name"]! == "RMSNorm")!;
        Assert.Equal("sample_norm", (string)norm["provider"]!);
        Assert.Equal("hpu_custom_ops > in-tree", (string)norm["replaces"]!);
        Assert.True((long)norm["calls"]! > 0);
    }

    [Fact]
    public async Task A_plugin_that_throws_is_reported_and_changes_nothing()
    {
        await using var plain = await ServerProcess.ServeAsync(Model);
        await using var server = await ServeAsync("SampleThrowing");
        var rows = JsonNode.Parse(await server.Client.GetStringAsync("/v1/plugins"))!.AsArray();
        var failed = rows.Single(row => (string)row!["outcome"]! == "failed")!;
        Assert.Equal("SampleThrowing", (string)failed["assembly"]!);
        Assert.NotEmpty((string)failed["reason"]!);
        Assert.Equal(await OpsAsync(plain), await OpsAsync(server));
    }

    [Fact]
    public Task Two_platforms_that_both_want_to_win_stop_a_server_with_one_sentence() =>
        TwoPlatformsAsync("serve", Model, "-tp", "2", "--port", "0");

    [Fact]
    public async Task Two_platforms_that_both_want_to_win_stop_a_node_with_one_sentence()
    {
        await using var seed = await ServerProcess.ServeAsync(Model, "-tp", "1");
        var address = seed.Output.Lines.Select(line => NodeAddress().Match(line)).First(match => match.Success).Groups[1].Value;
        await TwoPlatformsAsync("node", "--seed", address, "--cluster-port", "0", "--cards", "2");
    }

    [Theory]
    [InlineData("platform")]
    [InlineData("ops")]
    [InlineData("cards")]
    public Task Two_platforms_that_both_want_to_win_are_one_sentence_to_who_asks(string verb) => TwoPlatformsAsync(verb);

    // T20, R26; every worker finds the same.
    private static async Task TwoPlatformsAsync(params string[] arguments)
    {
        var run = await GaudiProgram.RunAsync(Environment("SamplePlatform"), arguments);
        var sentence = BadInput.TheSentence(run);
        Assert.Contains("got: [hpu (Gaudi.Hpu:Register), sample (SamplePlatform:Register)]", sentence, StringComparison.Ordinal);
        Assert.Contains("name one with gaudi.plugins.platform", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("Only one platform", run.Output, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"this is node ([\d.:]+),")]
    private static partial Regex NodeAddress();

    [Fact]
    public async Task The_user_settles_it_by_naming_the_platform()
    {
        await using var server = await ServerProcess.StartAsync(
            Environment("SamplePlatform"), ["serve", Model, "--port", "0", "--set", "gaudi.plugins.platform=sample"]);
        var rows = JsonNode.Parse(await server.Client.GetStringAsync("/v1/plugins"))!.AsArray();
        Assert.Equal("sample", (string)rows.Single(row => (string)row!["outcome"]! == "selected")!["name"]!);
    }

    private static Task<ServerProcess> ServeAsync(string plugin) =>
        ServerProcess.StartAsync(Environment(plugin), ["serve", Model, "--port", "0"]);

    private static ImmutableDictionary<string, string> Environment(string plugin) => ImmutableDictionary<string, string>.Empty
        .Add("GAUDI_PLUGIN_PATH", Path.Combine(AppContext.BaseDirectory, "plugins-sample", plugin));

    private static async Task<string> OpsAsync(ServerProcess server)
    {
        var ops = JsonNode.Parse(await server.Client.GetStringAsync("/v1/ops"))!["ops"]!.AsArray();
        return string.Join('\n', ops.Select(op => $"{op!["name"]} {op["provider"]} {op["replaces"]}"));
    }
}
