using System.CommandLine;
using Gaudi.Actors.Settings;
using Gaudi.Cluster.Commands;
using Gaudi.Cluster.Node;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Actors;
using Xunit;

namespace Gaudi.Tests.Cluster.Commands;

/// <summary>vLLM's flags for the scheduler, as settings; wrong ones are one sentence.</summary>
public sealed class EngineFlagTests
{
    private static (ParseResult Parsed, ServeFlags Flags) Parse(params string[] arguments)
    {
        var flags = new ServeFlags();
        var command = new Command("serve");
        flags.AddTo(command);
        return (command.Parse(arguments), flags);
    }

    internal static GaudiSettings Settings(params string[] arguments)
    {
        var (parsed, flags) = Parse(arguments);
        Assert.Empty(parsed.Errors);
        return Given.Settings(ServeSettings.Of(flags.Read(parsed, "model")));
    }

    internal static string Problem(params string[] arguments) => Assert.Single(Parse(arguments).Parsed.Errors).Message;

    [Fact]
    public void Flag_that_is_not_given_says_nothing() => Assert.Equal(Given.Settings().Scheduler, Settings().Scheduler);

    [Fact]
    public void Flags_are_settings()
    {
        var settings = Settings(
            "--max-num-batched-tokens", "512", "--max-num-seqs", "4", "--long-prefill-token-threshold", "64",
            "--enable-chunked-prefill", "--no-enable-prefix-caching", "--scheduling-policy", "priority",
            "--num-gpu-blocks-override", "77", "--kv-cache-dtype", "fp8_inc");
        Assert.Equal("fp8_inc", settings.Model.KvCacheDtype);
        Assert.Equal("auto", Settings().Model.KvCacheDtype);
        Assert.Equal((512, 4, 64, true, false, SchedulingPolicy.Priority, 77), (
            settings.Scheduler.StepTokensMax, settings.Scheduler.SequencesMax, settings.Scheduler.LongPrefillTokensMax,
            settings.Scheduler.ChunksPrefill, settings.Scheduler.CachesPrefixes, settings.Scheduler.Policy,
            settings.Model.KvBlockCount));
        Assert.False(Settings("--no-enable-chunked-prefill").Scheduler.ChunksPrefill);
        Assert.True(Settings("--enable-prefix-caching").Scheduler.CachesPrefixes);
    }

    [Fact]
    public void Replicas_are_asked_for_as_in_vLLM()
    {
        Assert.Equal(1, Settings().Replicas.Count);
        Assert.Equal([3, 3], new[] { "--data-parallel-size", "-dp" }.Select(flag => Settings(flag, "3").Replicas.Count));
        Assert.Equal("--data-parallel-size expects 1 to 128, came 0", Problem("-dp", "0"));
    }

    [Fact]
    public void Adapters_are_named_as_vLLM_names_them()
    {
        var settings = Settings(
            "--enable-lora", "--lora-modules", "a=/x", """{"name": "b", "path": "/y"}""", "--max-loras", "2", "--max-lora-rank", "8");
        Assert.Equal([new AdapterModule("a", "/x"), new AdapterModule("b", "/y")], settings.Lora.Modules.AsEnumerable());
        Assert.Equal((true, 8, 2), (settings.Lora.IsEnabled, settings.Lora.RankMax, settings.Scheduler.LorasMax));
        Assert.Equal(
            "--lora-modules expects NAME=PATH, or JSON such as {\"name\": \"NAME\", \"path\": \"PATH\"}, came `a`",
            Problem("--enable-lora", "--lora-modules", "a"));
    }

    [Fact]
    public void Flag_and_its_opposite_exclude_each_other() => Assert.Equal(
        "--enable-prefix-caching and --no-enable-prefix-caching exclude each other",
        Problem("--enable-prefix-caching", "--no-enable-prefix-caching"));

    [Fact]
    public void Ngram_speculation_is_read_from_JSON()
    {
        var speculation = Settings(
            "--speculative-config",
            """{"method": "ngram", "num_speculative_tokens": 5, "prompt_lookup_max": 6, "prompt_lookup_min": 3}""").Scheduler.Speculation;
        Assert.Equal(new SpeculationSettings(SpeculationMethod.Ngram, null, 5, 3, 6, VerificationMode.Coupled), speculation);
        var one = Settings("--speculative-config", """{"method": "ngram", "prompt_lookup_max": 6}""").Scheduler.Speculation;
        Assert.Equal((6, 6, 4), (one.NgramMin, one.NgramMax, one.TokensMax));
    }

    [Fact]
    public void Draft_model_is_read_from_JSON_whatever_its_path()
    {
        const string Path = "/models/a \"draft\" ${x} \u00e9\\m";
        var json = System.Text.Json.JsonSerializer.Serialize(
            new { model = Path, num_speculative_tokens = 2, verification = "standard" });
        var speculation = Settings("--speculative-config", json).Scheduler.Speculation;
        Assert.Equal(
            (SpeculationMethod.DraftModel, Path, 2, VerificationMode.Standard),
            (speculation.Method, speculation.ModelFolder, speculation.TokensMax, speculation.Verification));
    }

    [Theory]
    [InlineData("ngram", "--speculative-config expects JSON such as {\"method\": \"ngram\", \"num_speculative_tokens\": 4}, came `ngram`")]
    [InlineData("[1]", "--speculative-config: expected a JSON object, came `[1]`")]
    [InlineData(
        """{"speed": 9}""",
        "--speculative-config: key `speed` is not known; known are method, model, num_speculative_tokens, prompt_lookup_max, "
        + "prompt_lookup_min, verification")]
    [InlineData("""{"method": "eagle"}""", "--speculative-config: `method` expects ngram or draft_model, came `eagle`")]
    [InlineData("""{}""", "--speculative-config: expected `method` ngram, or the `model` that drafts")]
    [InlineData("""{"method": "draft_model"}""", "--speculative-config: expected `method` ngram, or the `model` that drafts")]
    [InlineData("""{"method": "ngram", "model": "m"}""", "--speculative-config: `model` is for the method draft_model, came ngram")]
    [InlineData(
        """{"method": "ngram", "num_speculative_tokens": 0}""",
        "--speculative-config: `num_speculative_tokens` expects a whole number from 1 on, came `0`")]
    [InlineData(
        """{"method": "ngram", "prompt_lookup_min": "2"}""",
        "--speculative-config: `prompt_lookup_min` expects a whole number from 1 on, came `\"2\"`")]
    [InlineData("""{"model": 5}""", "--speculative-config: `model` expects a text, came `5`")]
    [InlineData(
        """{"model": "m", "verification": "hope"}""", "--speculative-config: `verification` expects coupled or standard, came `hope`")]
    public void Wrong_JSON_is_one_sentence(string json, string problem) =>
        Assert.Equal(problem, Problem("--speculative-config", json));
}
