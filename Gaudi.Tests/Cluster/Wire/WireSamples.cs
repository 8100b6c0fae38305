using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Constraints;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.KvTransfer;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Models.Lora;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Platforms;
using Gaudi.Hpu.Plugins;
using Gaudi.Hpu.Quantization;

namespace Gaudi.Tests.Cluster.Wire;

/// <summary>One message of every type that crosses a process. No two fields of one type are equal, so a swap shows.</summary>
internal static class WireSamples
{
    internal static ImmutableArray<IWireMessage> All(IActorRef peer) =>
    [
        new WorkerReady(
            1, 2, "token", 3, "gaudi3", true, 4, "digest", ["op A", "op B"], [Plugin("p")], Platform, "127.0.0.1:5", peer),
        new WorkerFailed(1, 2, "token", 3, "reason", [Plugin("p"), Plugin("q")]),
        new WorkerAccepted("127.0.0.1:4053"),
        new WorkerRefused("the token is wrong"),
        new WorkerHeld(1, 2, "token", "group", new LoadedSlice("other", 3, 4)),
        new GetWorkerReport(peer),
        new WorkerReport(1, 2, "serving", "group", 3, 4, 5, 6, 7, 8, "digest", [Op("A", null), Op("B", "x > y")], [Plugin("p")]),
        new PrepareRank("group", 1, 2, ["e0", "e1"], "secret", "digest", Model, peer) { Loras = [Lora] },
        new RankPrepared("group", 1, 2, "digest", Facts) { LoraRefusals = [new LoraRefusal("id", "reason")] },
        new LoadLora("group", 1, Lora, peer),
        new LoraLoaded("group", 1, 2, "id", "reason"),
        new DropLora("group", 1, "id"),
        new LoadAdapter("m/0", Lora, peer),
        new AdapterLoaded("id", "reason", true),
        new UnloadAdapter("m/0", "id", peer),
        new AdapterUnloaded("id"),
        new RankRefused("group", 1, 2, "reason", true, 3) { HeldBy = "other" },
        new CommitGroup("group", 1),
        new RunStep("group", 1, new StepPlan(2, [
            new SequenceStep(3, [4, 5, 6], 7, 8, [9, 10], null, 11)
            {
                PromptScoring = new PromptScoring(19, 20), StateSlot = 21, Images = [new PromptImage(1, 2, 3, [4, 255])], Pooling = new PoolingStep(PoolingMode.LastToken, [0.5f, -1.5f]),
            },
            new SequenceStep(12, [13], 14, 15, [16], Sampling(17), 18)
            {
                DraftCount = 21, DraftCountMax = 22, History = [23, 24], PromptScoring = new PromptScoring(25, null),
                Masks = [new TokenMask([26, 0xf000000000000027]), new TokenMask([])], LoraSlot = 28,
            }])
        {
            Loras = [new LoraPlace(28, "id"), new LoraPlace(29, "other")],
            Transfers = new KvTransferStep(
                ["old"], [new KvLoad(28, new KvSource("engine", "host", 29, "key"), "digest", [30, 31], [32, 33])],
                [new KvOffer("new", "other digest", [34, 35])]),
        }, peer),
        new StepCompleted("group", 1, 2, new StepOutput(3, [
            new SampledToken(4, 5, 6, -0.5f, [new TokenLogprob(7, -0.25f), new TokenLogprob(8, -1.5f)]),
            new SampledToken(9, 10, 11, float.NaN, [])], 0xfedcba9876543210)
        {
            Drafts = [new DraftedTokens(13, [14, 15]), new DraftedTokens(16, [17])],
            Pooled = [new PooledState(23, [0.25f, -0.75f])],
            PromptScores = [Score(18), new PromptScore(19, 20, 21, -2.5f, 22, [])],
        }, 12),
        new StepFailed("group", 1, 2, 3, "reason"),
        new AbortEpoch("group", 1, "reason", 2, peer),
        new RankFreed("group", 1, 2),
        new KillWorker(1, 2, "reason"),
        new TakeOutCard(1, 2, true, "reason"),
        new PutBackCard(1, 2),
        new ReleaseRank("group", 1, "reason"),
        new TransfersMoved("group", 1, 2, new KvTransferNews(
            ["sent"], [new KvLoaded(3, [4, 5], "why")], [new KvTransferMeasure(TimeSpan.FromTicks(6), 7, 8, true)])),
        new PublishCards("a", 1, [
            new CardOffer("a", 2, "ready", "", 3, "gaudi3", true, 4, "digest", ["op A"], "127.0.0.1:5", peer)
            {
                GroupId = "group", Loaded = new LoadedSlice("other", 7, 8), Incarnation = 9, Minder = peer, LastExit = "exit",
            },
            new CardOffer("b", 6, "failed", "why", null, "gaudi2", false, 0, "", [], "", null)], peer),
        new Generate(
            "m/0", new GenerationRequest("request", "m", [1, 2, 300000], Sampling(null), 4, [5, 6], 7)
            {
                Priority = -10,
                CacheKeys = new CacheKeys("salt", "lora", [new CacheItem("hash", 11, 12), new CacheItem("other", 13, 14)]),
                PromptLogprobCount = 15,
                Constraint = new OutputConstraint(ConstraintKind.Regex, "a+"),
                Pooling = PoolingMode.LastToken, Images = [new PromptImage(1, 2, 3, [4, 255])],
                Group = new ChoiceGroup("group", 16), Lora = Lora,
                KvTransfer = new KvTransferParams(true, new KvSource("engine", "host", 17, "key"), [18, 19]),
            }, [8, 9], peer)
        {
            FailedStepCount = 3,
        },
        new LaneBroke("group", 1, ["a:2", "b:3"]),
        new GetServed(peer),
        new ServedTold(["a = 1", "b = 2"], true),
        new AbortRequest("m/0", "request", 1),
        new ReleaseBlocks("m/0", "key"),
        new RequestHeld("request", 1) { Obstacle = "why" },
        new RequestFaulted("request", 1, 2, "reason"),
        new TokenGenerated("request", 1, 2, 3, 4, -0.5f, [new TokenLogprob(5, -0.75f)])
        {
            CachedTokenCount = 6, Queued = TimeSpan.FromTicks(70),
        },
        new PromptScored("request", 1, 2, [Score(3), Score(13)]),
        new RequestFinished("request", 1, FinishReason.Length, 2, 3, 4) 
        {
            Vector = [0.5f, -0.25f], KvTransfer = new KvTransferParams(false, new KvSource("engine", "host", 5, "key"), [6, 7]),
        },
        new RequestRefused("request", 1, RefusalKind.QueueFull, "message", 2) { ReplicaId = "m/0", IsOfReplica = true },
        new WatchReplica("m/0", peer),
        new ReplicaChanged("m/0", "serving", true, 3),
        new GetReplicaStatus("m/0", peer),
        new ReplicaStatus("m/0", "serving", "reason", true, 1, ["a card 0", "a card 1"], [Facts], 2, 3, 4)
        {
            Counters = new EngineCounters(5, 6, 7, 8, 9, 10, 11, 12, [13, 1L << 40])
            {
                CachedPromptTokenCount = 14, StepTokenCount = 15, StepsByTokens = [16, 17],
                EndedPreemptionCount = 18, EndedByPreemptions = [19, 20], ExternalTokenCount = 21, ExternalQueriedTokenCount = 29,
            },
            RunningLoras = ["one"], WaitingLoras = ["two", "three"],
            Transfers = new TransferCounters(0.5, 22, 23, 24, 25, 26) { ReadsBySeconds = [27, 28] },
            HeldCount = 30, DeferredCount = 31,
            Recoveries = new RecoveryCounters(29, 30, 31, 32, 33, 34) { CountBySeconds = [35, 36], Seconds = 0.5, LastSeconds = 0.25 },
            EndCause = "rank_lost",
        },
    ];

    private static LoraAdapter Lora { get; } = new("id", "name", "/adapters/a", "digest");

    private static PlatformReport Platform { get; } = new(
        "hpu", "Gaudi.HpuPlatform",
        [new PlatformCandidate("cpu", "built in", "skipped", "another won")], [new PlatformChange("block", "16", "128", "kernels")])
    {
        Attention = [new AttentionOffer("latent", "paged-mla", "shared"), new AttentionOffer("sparse", null, "no")],
    };

    private static ModelRunnerSettings Model { get; } = new("/models/m", "auto", 128, null, 512, 0.9)
    {
        SequencesMax = 8, Draft = new DraftSettings("/models/d"), VerifiedRowsMax = 9, Verification = VerificationMode.Standard, IsExpertParallel = true,
        ExpertsPerSlice = 4, Fp8 = new Fp8Settings(true, false, true), Lora = new LoraSettings(5, 6, 7), KvCacheDtype = "fp8",
        KvConnector = new KvConnectorSettings("connector", KvRole.Consumer, "engine", "host", 10, TimeSpan.FromTicks(11), 12),
    };

    private static ModelRunnerFacts Facts { get; } = new("LlamaForCausalLM", "float32", 1, 2, 3, 4, 5, 6) 
    {
        Notes = ["widened"], HiddenSize = 8, StateSlotCount = 9, CardBytes = 1L << 40, MemoryUtilization = 0.5, Ledger = [new LeaseRecord("weights", 7)],
    };

    private static SamplingParameters Sampling(int? logprobCount) => new(0.5f, 0.25f, 3, 0.125f, -4, logprobCount)
    {
        PresencePenalty = 1.5f,
        FrequencyPenalty = -1.25f,
        RepetitionPenalty = 1.125f,
        TokensMin = 31,
        EndTokenIds = [32, 33],
        LogitBiases = [new LogitBias(34, -100), new LogitBias(35, 0.5f)],
        AllowedTokenIds = logprobCount is null ? null : [36, 37],
        BadWords = [[38], [39, 40], []],
    };

    private static PromptScore Score(int first) =>
        new(first, first + 1, first + 2, -0.5f - first, first + 3, [new TokenLogprob(first + 4, -0.25f)]);

    private static PluginOutcome Plugin(string name) => new("group", name, "A:M", "A", "1.2.3", "registered", "why", 1.5);

    private static OpReportRow Op(string name, string? replaces) => new(name, "module", "provider", "1.2.3", replaces, true, 9);
}
