using System.Threading.Channels;
using Akka.Actor;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.KvTransfer;
using Gaudi.Tests.Actors.Devices;
using Gaudi.Tests.Actors.Hosting;
using Xunit;

namespace Gaudi.Tests.Actors.KvTransfer;

/// <summary>
/// A prefill engine and a decode engine, two ranks each, in one process: every actor and the connector are the product's. The fake
/// runners draw from what their blocks hold, so a token is right only where the right bytes came.
/// </summary>
public sealed class KvTransferEngineTests : ActorTests
{
    private const string Common = """
        gaudi.group { tensor-parallel-size = 2, reform-delay-ms = 1 }
        gaudi.workers { restart-first-ms = 1, restart-longest-ms = 1, restarts-max = 3 }
        gaudi.scheduler { max-num-batched-tokens = 16, max-num-seqs = 8 }
        gaudi.kv-transfer { connector = NixlConnector, side-channel-host = here }
        """;

    private readonly ActorSystem _other;
    private readonly SemaphoreSlim _isHeld = new(0);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly InProcessTransferLanes _lanes;
    private Func<string, int, bool> _holds = (_, _) => false;
    private InProcessWorkers? _prefillWorkers;

    public KvTransferEngineTests()
    {
        _other = ActorSystem.Create("gaudi", Sys.Settings.Config);
        _lanes = new InProcessTransferLanes
        {
            BeforePart = async (key, part) =>
            {
                if (!_holds(key, part))
                    return;
                _isHeld.Release();
                await _goOn.Task;
            },
        };
    }

    protected override void AfterAll()
    {
        _goOn.TrySetResult();
        _other.Terminate().Wait(TimeSpan.FromSeconds(20));
        base.AfterAll();
    }

    private async Task<(EngineInOneProcess Prefill, EngineInOneProcess Decode)> StartAsync(
        string decodeOverrides = "", string decodeDigest = "fake")
    {
        var prefill = Given.Settings(Common + "gaudi.kv-transfer { role = kv_producer, side-channel-port = 10 }");
        var decode = Given.Settings(Common + "gaudi.kv-transfer.role = kv_consumer\n" + decodeOverrides);
        _prefillWorkers = new InProcessWorkers(Sys, prefill) { Transfers = _lanes, Connectors = [typeof(NixlConnector)] };
        var decodeWorkers = new InProcessWorkers(_other, decode)
        {
            Transfers = _lanes, ModelDigest = decodeDigest, Connectors = [typeof(NixlConnector)],
        };
        return (
            await ServingAsync(announce => new EngineInOneProcess(Sys, prefill, _prefillWorkers, announce)),
            await ServingAsync(announce => new EngineInOneProcess(_other, decode, decodeWorkers, announce)));
    }

    private static async Task<EngineInOneProcess> ServingAsync(Func<Action<NodeEvent>, EngineInOneProcess> start)
    {
        var events = Channel.CreateUnbounded<NodeEvent>();
        var engine = start(one => events.Writer.TryWrite(one));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await foreach (var one in events.Reader.ReadAllAsync(limit.Token))
            if (one is NodeEvent.GroupChanged { Status.State: "serving" })
                return engine;
        throw new InvalidOperationException("the events ended");
    }

    private async Task<ReplicaStatus> StatusAsync(EngineInOneProcess engine)
    {
        var probe = CreateTestProbe();
        engine.Replica.Tell(new GetReplicaStatus("fake/0", probe.Ref));
        return await probe.ExpectMsgAsync<ReplicaStatus>();
    }

    // The engines' own way: a probe of one system is unknown in the other.
    private static async Task<EngineReport> IdleAsync(EngineInOneProcess engine) => (await Gaudi.Tests.Cluster.Eventually.ReadAsync(
        async () => (await engine.Node.Reports.EnginesAsync(CancellationToken.None)).FirstOrDefault(),
        report => report is { BlocksUsed: 0, RunningCount: 0, WaitingCount: 0 }, TimeSpan.FromSeconds(20)))!;

    private static async Task<KvTransferParams> PrefillAsync(EngineInOneProcess engine, GenerationRequest request)
    {
        var events = await engine.RunAsync(request with
        {
            RequestId = $"prefill-{request.RequestId}", TokensMax = 1, KvTransfer = new KvTransferParams(true, null, []),
        });
        return Assert.IsType<GenerationEvent.Finished>(events[^1]).KvTransfer!;
    }

    private static async Task<List<GenerationEvent>> AnswerAsync(EngineInOneProcess prefill, EngineInOneProcess decode, GenerationRequest request) =>
        await decode.RunAsync(request with { KvTransfer = await PrefillAsync(prefill, request) });

    private static void AssertAnswer(GenerationRequest request, List<GenerationEvent> events)
    {
        Assert.Equal(
            FakeModel.Continue(request.PromptTokenIds, request.TokensMax), events.OfType<GenerationEvent.Token>().Select(token => token.TokenId));
        Assert.IsType<GenerationEvent.Finished>(events[^1]);
    }

    [Fact]
    public async Task A_hundred_requests_have_the_tokens_of_one_engine_and_leave_no_block_behind()
    {
        var (prefill, decode) = await StartAsync();
        var random = new Random(9);
        GenerationRequest[] requests =
            [.. Enumerable.Range(0, 100).Select(i => Given.Request($"r{i}", Enumerable.Range(i, random.Next(1, 30)), random.Next(1, 12)))];
        var answers = await Task.WhenAll(requests.Select(request => AnswerAsync(prefill, decode, request)));
        foreach (var (request, events) in requests.Zip(answers))
            AssertAnswer(request, events);
        await IdleAsync(prefill);
        var status = await IdleAsync(decode);
        Assert.Equal(requests.Count(one => one.PromptTokenIds.Length > 1) * 2, status.Transfers!.ReadCount);
        Assert.Equal((0, requests.Sum(one => one.PromptTokenIds.Length - 1)), (status.Transfers.FailedCount, status.Counters.ExternalTokenCount));
        Assert.True(status.Transfers.Bytes > 0);
    }

    [Fact]
    public async Task Peer_that_dies_in_the_middle_costs_nothing_but_time()
    {
        var (prefill, decode) = await StartAsync();
        var request = Given.Request("r", Enumerable.Range(1, 30), 6);
        var handed = await PrefillAsync(prefill, request);
        _holds = (_, part) => part == 2;
        var answer = decode.RunAsync(request with { KvTransfer = handed });
        Assert.True(await _isHeld.WaitAsync(TimeSpan.FromSeconds(20)), "no rank came to its third block");
        foreach (var device in _prefillWorkers!.Devices.ToArray())
        {
            Watch(device);
            StopNow(device);
            await ExpectTerminatedAsync(device);
        }
        _holds = (_, _) => false;
        _goOn.SetResult();
        AssertAnswer(request, await answer);
        var status = await IdleAsync(decode);
        Assert.Equal(2, status.Transfers!.ReadCount);
        Assert.True(status.Transfers.FailedCount > 0);
    }

    [Fact]
    public async Task Client_that_leaves_in_the_middle_frees_both_sides()
    {
        var (prefill, decode) = await StartAsync();
        var request = Given.Request("r", Enumerable.Range(1, 30), 6);
        var handed = await PrefillAsync(prefill, request);
        _holds = (_, part) => part == 2;
        using var leaving = new CancellationTokenSource();
        var answer = Task.Run(async () =>
        {
            await foreach (var _ in decode.Node.Client!.GenerateAsync(request with { KvTransfer = handed }, leaving.Token))
            {
            }
        });
        Assert.True(await _isHeld.WaitAsync(TimeSpan.FromSeconds(20)), "no rank came to its third block");
        leaving.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        _holds = (_, _) => false;
        _goOn.SetResult();
        await IdleAsync(decode);
        await IdleAsync(prefill);
    }

    [Fact]
    public async Task Peers_of_other_models_compute_for_themselves_and_go_on_serving()
    {
        var (prefill, decode) = await StartAsync(decodeDigest: "another model");
        var request = Given.Request("r", Enumerable.Range(1, 30), 6);
        AssertAnswer(request, await AnswerAsync(prefill, decode, request));
        AssertAnswer(request, await decode.RunAsync(request with { RequestId = "s" }));
        await IdleAsync(prefill); // It was told that nobody will come.
        Assert.Equal(2, (await IdleAsync(decode)).Transfers!.FailedCount);
    }

    [Fact]
    public async Task Policy_fail_answers_with_what_differs_and_goes_on_serving()
    {
        var (prefill, decode) = await StartAsync("gaudi.kv-transfer.load-failure-policy = fail", decodeDigest: "another model");
        var request = Given.Request("r", Enumerable.Range(1, 30), 6);
        var refused = Assert.IsType<GenerationEvent.Refused>((await AnswerAsync(prefill, decode, request))[^1]);
        Assert.Equal(RefusalKind.Failed, refused.Kind);
        Assert.StartsWith("the KV blocks of its prompt did not come: rank 0: compatibility hash ", refused.Message);
        Assert.EndsWith("model digest is another model here and fake there", refused.Message);
        AssertAnswer(request, await decode.RunAsync(request with { RequestId = "s" }));
        await IdleAsync(decode);
    }

    [Fact]
    public async Task Request_that_the_decode_engine_refuses_frees_the_prefill_engines_blocks()
    {
        var (prefill, decode) = await StartAsync();
        var request = Given.Request("r", Enumerable.Range(1, 30), 6);
        var handed = await PrefillAsync(prefill, request);
        var refused = await decode.RunAsync(request with { PromptTokenIds = [int.MaxValue, .. request.PromptTokenIds[1..]], KvTransfer = handed });
        Assert.Equal(RefusalKind.Invalid, Assert.IsType<GenerationEvent.Refused>(refused[^1]).Kind);
        await IdleAsync(prefill); // Long before the release timeout.
    }

    [Fact]
    public async Task Blocks_of_another_prompt_are_refused_and_never_cached()
    {
        var (prefill, decode) = await StartAsync();
        var first = Given.Request("first", Enumerable.Range(1, 30), 6);
        var other = Given.Request("other", [9, .. Enumerable.Range(2, 29)], 6);
        AssertAnswer(other, await decode.RunAsync(other with { KvTransfer = await PrefillAsync(prefill, first) }));
        AssertAnswer(other, await decode.RunAsync(other with { RequestId = "again" }));

        var handed = await PrefillAsync(prefill, first with { RequestId = "mixed" });
        var turned = handed with { RemoteBlocks = [.. handed.RemoteBlocks.Reverse()] };
        AssertAnswer(first, await decode.RunAsync(first with { KvTransfer = turned }));
        AssertAnswer(first, await decode.RunAsync(first with { RequestId = "first again" }));

        var shorter = Given.Request("shorter", Enumerable.Range(5, 26), 6);
        AssertAnswer(shorter, await decode.RunAsync(shorter with { KvTransfer = await PrefillAsync(prefill, first with { RequestId = "long" }) }));
        await IdleAsync(prefill); // It was told each time that nobody will come.
        var status = await IdleAsync(decode);
        Assert.Equal((6L, 6L, 0L), (status.Transfers!.ReadCount, status.Transfers.FailedCount, status.Transfers.Bytes));
    }

    [Fact]
    public async Task Policy_fail_says_that_the_blocks_are_of_another_prompt()
    {
        var (prefill, decode) = await StartAsync("gaudi.kv-transfer.load-failure-policy = fail");
        var first = Given.Request("first", Enumerable.Range(1, 30), 6);
        var handed = await PrefillAsync(prefill, first);
        var refused = Assert.IsType<GenerationEvent.Refused>(
            (await decode.RunAsync(first with { PromptTokenIds = [9, .. first.PromptTokenIds[1..]], KvTransfer = handed }))[^1]);
        Assert.Contains("was computed from another prompt", refused.Message);
        await IdleAsync(decode);
    }

    [Fact]
    public async Task Rank_replaced_after_the_prefill_is_not_read()
    {
        var (prefill, decode) = await StartAsync();
        var request = Given.Request("r", Enumerable.Range(1, 30), 6);
        var handed = await PrefillAsync(prefill, request);
        var hasThrown = 0;
        _prefillWorkers!.OnStep = (rank, _) =>
        {
            if (rank == 1 && Interlocked.Exchange(ref hasThrown, 1) == 0)
                throw new InvalidOperationException("our mistake");
        };
        await prefill.RunAsync(Given.Request("another", [4, 4], 1));
        await Gaudi.Tests.Cluster.Eventually.ReadAsync(
            () => StatusAsync(prefill), status => status is { State: "serving", Epoch: > 1 }, TimeSpan.FromSeconds(20));
        AssertAnswer(request, await decode.RunAsync(request with { KvTransfer = handed }));
        Assert.Equal(2, (await IdleAsync(decode)).Transfers!.FailedCount);
        var next = request with { RequestId = "s", PromptTokenIds = [9, .. request.PromptTokenIds[1..]] };
        AssertAnswer(next, await AnswerAsync(prefill, decode, next));
        Assert.Equal(2, (await IdleAsync(decode)).Transfers!.FailedCount);
    }
}
