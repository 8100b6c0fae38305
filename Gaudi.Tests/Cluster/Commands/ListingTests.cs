using System.Text.Json;
using Xunit;

namespace Gaudi.Tests.Cluster.Commands;

/// <summary>The listing verbs as their user runs them, on this machine, without a server.</summary>
[Collection(ProcessTests.Name)]
public sealed class ListingTests
{
    [Fact]
    public async Task Plugins_prints_the_two_built_in_lines_and_nothing_else()
    {
        var run = await GaudiProgram.RunAsync("plugins");
        Assert.Equal(
            """
            Platform Plugin - name: hpu, value: Gaudi.Hpu:Register
            General Plugin - name: hpu_custom_ops, value: Gaudi.Hpu:RegisterOps

            """,
            run.Output);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }

    [Theory]
    [InlineData("plugins", "[{node,card,pid,group,name,value,assembly,version,outcome,reason,durationMs}]")]
    [InlineData("platform", "{selected,className,candidates:[{name,origin,outcome,reason}],changes:[{setting,from,to,why}],attention:[{need,backend,reason}]}")]
    [InlineData("ops", "{digest,workers:[],ops:[{name,module,provider,version,replaces,enabled,calls}]}")]
    [InlineData(
        "cards",
        "[{node,card,generation,simulated,state,workerPid,rank,group,epoch,memoryBytes,usedBytes,digest,reason,incarnation,restarts,lastExit}]")]
    public async Task Json_has_the_stable_shape(string verb, string shape)
    {
        var run = await GaudiProgram.RunAsync(verb, "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(shape, JsonShape.Of(json.RootElement));
    }

    [Fact]
    public async Task Plugins_of_this_machine_have_no_card_and_no_process()
    {
        var run = await GaudiProgram.RunAsync("plugins", "--json");
        using var json = JsonDocument.Parse(run.Output);
        Assert.All(json.RootElement.EnumerateArray(), row =>
        {
            Assert.Equal(JsonValueKind.Null, row.GetProperty("card").ValueKind);
            Assert.Equal(JsonValueKind.Null, row.GetProperty("pid").ValueKind);
            Assert.Equal("discovered", row.GetProperty("outcome").GetString());
        });
    }

    [Fact]
    public async Task A_plugin_that_the_allow_list_leaves_out_is_still_listed()
    {
        var run = await GaudiProgram.RunAsync(
            new Dictionary<string, string> { ["VLLM_PLUGINS"] = "hpu" }, ["plugins", "--json"]);
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(
            ["hpu discovered", "hpu_custom_ops filtered"],
            json.RootElement.EnumerateArray().Select(row => $"{row.GetProperty("name")} {row.GetProperty("outcome")}"));
    }

    [Theory]
    [InlineData("gaudi: Unrecognized command or argument 'plugin'; `gaudi --help` says what there is", "plugin")]
    [InlineData("`ftp://here`", "plugins", "--url", "ftp://here")]
    [InlineData("no server answers at http://127.0.0.1:1/", "cards", "--url", "http://127.0.0.1:1")]
    [InlineData("--port expects 0 to 65535, came 70000", "serve", "--port", "70000")]
    [InlineData("--tensor-parallel-size expects 1, 2, 4 or 8, came 0", "serve", "-tp", "0")]
    [InlineData(
        "--kv-transfer-config works with one replica, came --data-parallel-size 2",
        "serve", "-dp", "2", "--kv-transfer-config", """{"kv_connector": "NixlConnector", "kv_role": "kv_both"}""")]
    [InlineData("--cards expects a number from 1 on, or auto; came `none`", "serve", "--cards", "none")]
    [InlineData("--set expects KEY=VALUE", "serve", "--set", "gaudi.cards")]
    [InlineData("Argument 'float8' not recognized", "serve", "--dtype", "float8")]
    [InlineData("Argument 'int4' not recognized", "serve", "--kv-cache-dtype", "int4")]
    [InlineData("there is no option --prot", "serve", "--prot", "8000")]
    [InlineData("there is no option --bogus", "serve", "--bogus")]
    [InlineData("`gaudi worker` is started by a node", "worker")]
    public async Task A_mistake_is_a_sentence_on_standard_error(string sentence, params string[] arguments)
    {
        var run = await GaudiProgram.RunAsync(arguments);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Contains(sentence, Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }
}
