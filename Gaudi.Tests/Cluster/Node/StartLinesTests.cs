using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Cluster.Node;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Platforms;
using Gaudi.Hpu.Plugins;
using Akka.Actor;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

public sealed class StartLinesTests
{
    private static readonly ModelRunnerFacts Facts = new("LlamaForCausalLM", "float32", 1024, 2048, 128, 16, 3 << 19, 1 << 20)
    {
        CardBytes = 3L << 30, MemoryUtilization = 0.5,
        Ledger = [new LeaseRecord("weights", 3 << 19), new LeaseRecord("kv cache", 1 << 20)], Notes = ["keys are kept in fp8"],
    };

    private readonly LineLog _output = new();
    private readonly LineLog _log = new();

    [Fact]
    public void A_worker_that_joins_tells_its_plugins_and_its_card()
    {
        Lines().Tell(new NodeEvent.WorkerJoined(new WorkerReady(
            1, 1, "token", 77, "gaudi3", IsSimulated: true, 3L << 30, "0123456789abcdef", [],
            [
                new PluginOutcome("g", "hpu", "Gaudi.Hpu:Register", "Gaudi.Hpu", "0.1.0", "selected", "", 7.4),
                new PluginOutcome("g", "other", "Other:Register", "Other", "1.0.0", "declined", "no card", 0),
            ],
            new PlatformReport("hpu", "Gaudi.Hpu.HpuPlatform", [], []), "127.0.0.1:1", ActorRefs.Nobody)));
        Assert.Equal(
            [
                "plugin   card 1: hpu, value Gaudi.Hpu:Register: selected in 7 ms",
                "plugin   card 1: other, value Other:Register: declined in 0 ms (no card)",
                "card     1: gaudi3 (simulated), 3.0 GiB, platform hpu, op table 0123456789ab, process 77",
            ],
            _output.Lines);
    }

    [Theory]
    [InlineData("forming", "group    m/0 forms, epoch 4: rank 0 on a card 0, rank 1 on b card 0")]
    [InlineData(
        "serving", "group    m/0 serves, epoch 4: LlamaForCausalLM in float32, weights 1.50 + 1.50 MiB, 16 KV blocks of 128 tokens a rank",
        "memory   rank 0: weights 1.50 + kv cache 1.00 = 2.50 MiB, of 3072 MiB x 0.5 memory utilization",
        "memory   rank 1: weights 1.50 + kv cache 1.00 = 2.50 MiB, of 3072 MiB x 0.5 memory utilization",
        "note     keys are kept in fp8")]
    [InlineData("degraded", "group    m/0 waits: a card was lost")]
    public void A_group_tells_its_state(string state, params string[] lines)
    {
        Lines().Tell(new NodeEvent.GroupChanged(new ReplicaStatus(
            "m/0", state, "a card was lost", IsFinal: false, 4, ["a card 0", "b card 0"], [Facts, Facts], 0, 0, 0)));
        Assert.Equal(lines, _output.Lines);
    }

    [Fact]
    public void After_ready_lines_go_to_the_log()
    {
        var lines = Lines();
        lines.Ready(new Uri("http://127.0.0.1:8000/"), "it's mine");
        lines.Tell(new NodeEvent.WorkerLost(0, "worker 7 was ended by signal 9", IsFinal: false));
        Assert.Equal(["lost     card 0: worker 7 was ended by signal 9"], _log.Lines);
        Assert.Equal(
            [
                "ready    http://127.0.0.1:8000",
                "try      curl http://127.0.0.1:8000/v1/chat/completions -H 'Content-Type: application/json' "
                + "-d '{\"model\":\"it'\\''s mine\",\"messages\":[{\"role\":\"user\",\"content\":\"What is 17 + 25?\"}]}'",
            ],
            _output.Lines);
    }

    [Fact]
    public void Line_to_paste_takes_the_key_from_the_environment()
    {
        Lines().Ready(new Uri("http://127.0.0.1:8000/"), "m", needsKey: true);
        Assert.Contains("completions -H \"Authorization: Bearer $GAUDI_API_KEY\" -H 'Content-Type", _output.Lines[1], StringComparison.Ordinal);
    }

    private StartLines Lines() => new(_output, _log);
}
