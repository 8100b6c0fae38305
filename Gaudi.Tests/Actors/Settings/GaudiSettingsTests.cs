using Akka.Configuration;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Plugins;
using Gaudi.Hpu.Quantization;
using Xunit;

namespace Gaudi.Tests.Actors.Settings;

public sealed class GaudiSettingsTests
{
    private static readonly string ReferencePath = Path.Combine(AppContext.BaseDirectory, "hocon", "reference.conf");

    private static IReadOnlyList<string> Problems(string overrides) =>
        Assert.Throws<SettingsException>(() => Given.Settings(overrides)).Problems;

    private static IEnumerable<string> Leaves(Config config, string path)
    {
        var value = config.GetValue(path);
        return value.IsObject()
            ? value.GetObject().Items.Keys.SelectMany(key => Leaves(config, $"{path}.{key}"))
            : [path];
    }

    [Fact]
    public void Every_key_of_the_reference_is_read_and_every_key_that_is_read_is_in_the_reference() => Assert.Equal(
        Leaves(Given.Reference, "gaudi").Order(StringComparer.Ordinal),
        GaudiSettings.ReadKeys(Given.Reference));

    [Fact]
    public void Every_key_of_the_reference_has_a_comment_above_it_and_every_number_a_unit_or_a_range()
    {
        var lines = File.ReadAllLines(ReferencePath);
        var isOurs = lines.TakeWhile(line => line != "}").ToList();
        var keyCount = 0;
        for (var i = 0; i < isOurs.Count; i++)
        {
            var parts = isOurs[i].Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts.Length != 2 || parts[0].StartsWith('#'))
                continue;
            keyCount++;
            List<string> comment = [];
            for (var above = i - 1; isOurs[above].TrimStart().StartsWith('#'); above--)
                comment.Add(isOurs[above]);
            Assert.True(comment.Count > 0, $"{parts[0]} has no comment above it in hocon/reference.conf");
            if (double.TryParse(parts[1], out _))
                Assert.True(
                    comment.Any(line => line.Contains("Unit:") || line.Contains("at most")),
                    $"{parts[0]} = {parts[1]} has no unit in hocon/reference.conf");
        }
        Assert.Equal(GaudiSettings.ReadKeys(Given.Reference).Count, keyCount);
    }

    [Theory]
    [InlineData("0", null, null)]
    [InlineData("0", "", null)]
    [InlineData("0", "4", 4)]
    [InlineData("0", "-1", null)]
    [InlineData("-1", "4", null)]
    [InlineData("2", "4", 2)]
    [InlineData("2", "nonsense", 2)]
    public void Slices_of_experts_are_the_settings_then_the_environments(string setting, string? variable, int? expected)
    {
        var reader = new SettingsReader(
            ConfigurationFactory.ParseString($"gaudi.model.experts-per-slice = {setting}").WithFallback(Given.Reference));
        Assert.Equal(expected, ModelSettings.Slices(reader, variable));
        Assert.Empty(reader.Problems);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-2")]
    [InlineData("many")]
    public void Variable_that_gives_no_slices_is_a_problem_that_names_it(string variable)
    {
        var reader = new SettingsReader(Given.Reference);
        Assert.Null(ModelSettings.Slices(reader, variable));
        Assert.Equal(
            $"MAX_EXPERTS_PER_SLICE = {variable}: allowed is a whole number over 0, or -1 for all experts at once",
            Assert.Single(reader.Problems));
    }

    [Theory]
    [InlineData("auto", null, null, false)]
    [InlineData("auto", "1", null, true)]
    [InlineData("auto", "True", null, true)]
    [InlineData("auto", "false", null, false)]
    [InlineData("on", "0", null, true)]
    [InlineData("off", "1", null, false)]
    [InlineData("auto", "yes", "HPU_ALIGNED_SCALE = yes: allowed is 1, true, 0 or false", false)]
    public void Float8_scales_are_the_settings_then_the_environments(string setting, string? variable, string? problem, bool expected)
    {
        var reader = new SettingsReader(
            ConfigurationFactory.ParseString($"gaudi.model.fp8.aligned-scales = {setting}").WithFallback(Given.Reference));
        var flags = Fp8Flags.Read(reader, name => name == "HPU_ALIGNED_SCALE" ? variable : null);
        Assert.Equal(Fp8Settings.Usual with { AlignsScales = expected }, flags);
        Assert.Equal(problem, reader.Problems.SingleOrDefault());
    }

    [Theory]
    [InlineData("QUANT_CONFIG", "recipe.json", true)]
    [InlineData("VLLM_HPU_FORCE_CHANNEL_FP8", "0", true)]
    [InlineData("VLLM_SCALE_ADJUSTMENT", "0", false)]
    public void Variables_of_float8_turn_off_what_they_name(string name, string value, bool isAboutChannels)
    {
        var flags = Fp8Flags.Read(new SettingsReader(Given.Reference), asked => asked == name ? value : null);
        Assert.Equal(
            isAboutChannels ? Fp8Settings.Usual with { HasChannelScales = false } : Fp8Settings.Usual with { AdjustsScales = false }, flags);
    }

    [Theory]
    [InlineData("auto", null, true)]
    [InlineData("auto", "0", false)]
    [InlineData("auto", "1", true)]
    [InlineData("on", "0", true)]
    [InlineData("off", "1", false)]
    public void Redirects_of_images_are_the_settings_then_the_environments(string setting, string? variable, bool expected)
    {
        var reader = new SettingsReader(
            ConfigurationFactory.ParseString($"gaudi.http.media-redirects = {setting}").WithFallback(Given.Reference));
        Assert.Equal(expected, MediaSettings.Read(reader, variable).FollowsRedirects);
        Assert.Empty(reader.Problems);
    }

    [Fact]
    public void Hosts_of_images_are_none_unless_named_and_are_names_alone()
    {
        Assert.Empty(Given.Settings().Http.Media.Domains.Names);
        Assert.Equal(
            ["a.org", "192.0.2.7"],
            Given.Settings("gaudi.http.media-domains = [a.org, \"192.0.2.7\"]").Http.Media.Domains.Names.ToArray());
        Assert.Equal(
            "gaudi.http.media-domains = http://a.org/: allowed is a list of host names without scheme and port, such as "
            + "[images.example.org]", Assert.Single(Problems("gaudi.http.media-domains = [\"http://a.org/\"]")));
    }

    [Fact]
    public void Defaults_are_a_whole_configuration()
    {
        var settings = Given.Settings();
        Assert.Equal((PluginFailurePolicy.Report, false, null),
            (settings.Plugins.OnFailure, settings.Plugins.TrimAllowList, settings.Plugins.Platform));
        Assert.Equal(new SimulatedCardSettings(CardGeneration.Gaudi3, 2, null), settings.Simulate);
        Assert.Equal(["all"], settings.Ops.CustomOps);
        Assert.Equal(new ModelSettings("auto", 128, null, null, 0.9), settings.Model);
        Assert.Equal(
            new SchedulerSettings(2048, 32, 256, 2, 256)
            {
                Speculation = new SpeculationSettings(SpeculationMethod.None, null, 4, 2, 4, VerificationMode.Coupled),
            },
            settings.Scheduler);
    }

    [Fact]
    public void Overrides_win()
    {
        var settings = Given.Settings("""
            gaudi.plugins { on-failure = upstream, platform = hpu, trim-allow-list = on }
            gaudi.cards.simulate { generation = gaudi2, count = 8, memory-bytes = 1073741824 }
            gaudi.ops.disable = [RMSNorm, SiluAndMul]
            gaudi.model { kv-block-count = 64, max-model-len = 512 }
            """);
        Assert.Equal(new PluginSettings(PluginFailurePolicy.Upstream, true, "hpu"), settings.Plugins);
        Assert.Equal(new SimulatedCardSettings(CardGeneration.Gaudi2, 8, 1L << 30), settings.Simulate);
        Assert.Equal(["RMSNorm", "SiluAndMul"], settings.Ops.Disable);
        Assert.Equal((64, 512), (settings.Model.KvBlockCount, settings.Model.MaxModelLen));
        Assert.Null(Given.Settings("gaudi.cards.simulate.generation = none").Simulate);
    }

    [Theory]
    [InlineData("gaudi.group.tensor-parallel-size = 3", "gaudi.group.tensor-parallel-size = 3: allowed is 1, 2, 4 or 8")]
    [InlineData("gaudi.group.tensor-parallel-size = 9", "gaudi.group.tensor-parallel-size = 9: allowed is a whole number from 1 to 8")]
    [InlineData("gaudi.plugins.on-failure = explode", "gaudi.plugins.on-failure = explode: allowed is report, stop, upstream")]
    [InlineData("gaudi.scheduler.waiting-max = many", "gaudi.scheduler.waiting-max = many: allowed is a whole number from 0 to 1048576")]
    [InlineData("gaudi.scheduler.waiting-max = 1.5", "gaudi.scheduler.waiting-max = 1.5: allowed is a whole number from 0 to 1048576")]
    [InlineData("gaudi.requests.retry-ms = 0", "gaudi.requests.retry-ms = 0: allowed is a whole number from 1 to 2147483647")]
    [InlineData("gaudi.model.memory-utilization = 1.1", "gaudi.model.memory-utilization = 1.1: allowed is a number over 0, at most 1")]
    [InlineData("gaudi.model.dtype = float16", "gaudi.model.dtype = float16: allowed is auto, float32, bfloat16")]
    [InlineData("gaudi.plugins.trim-allow-list = perhaps", "gaudi.plugins.trim-allow-list = perhaps: allowed is on, off, true, false")]
    [InlineData("gaudi.sheduler.waiting-max = 1", "gaudi.sheduler.waiting-max is no key of this version: see hocon/reference.conf")]
    [InlineData("gaudi.requests.retry = 5", "gaudi.requests.retry is no key of this version: see hocon/reference.conf")]
    public void Value_that_cannot_be_used_names_key_value_and_what_is_allowed(string overrides, string problem) =>
        Assert.Equal([problem], Problems(overrides));

    [Theory]
    [InlineData("gaudi.requests.retry-ms = [1, 2]", "gaudi.requests.retry-ms")]
    [InlineData("gaudi.requests.retry-ms { a = 1 }", "gaudi.requests.retry-ms")]
    [InlineData("gaudi.ops.disable { a = 1 }", "gaudi.ops.disable")]
    [InlineData("gaudi.ops.disable = RMSNorm", "gaudi.ops.disable")]
    [InlineData("gaudi.requests = 5", "gaudi.requests")]
    public void Value_of_the_wrong_type_is_a_problem_and_no_crash(string overrides, string key) =>
        Assert.Contains(Problems(overrides), problem => problem.StartsWith(key, StringComparison.Ordinal));

    [Fact]
    public void All_problems_are_listed_at_once()
    {
        var problems = Problems("""
            gaudi.model.dtype = float16
            gaudi.scheduler { max-num-seqs = 0, colour = red }
            gaudi.unknown = 1
            """);
        Assert.Equal(
            [
                "gaudi.model.dtype = float16: allowed is auto, float32, bfloat16",
                "gaudi.scheduler.max-num-seqs = 0: allowed is a whole number from 1 to 4096",
                "gaudi.scheduler.colour is no key of this version: see hocon/reference.conf",
                "gaudi.unknown is no key of this version: see hocon/reference.conf",
            ],
            problems);
    }

    [Fact]
    public void Scheduler_and_speculation_are_read()
    {
        var scheduler = Given.Settings("""
            gaudi.scheduler {
              max-num-batched-tokens = 512, max-num-seqs = 4, policy = priority, chunked-prefill = off, prefix-caching = off
              max-loras = 3
            }
            gaudi.speculative {
              method = draft-model, model = gaudi-demo-draft, num-speculative-tokens = 5, prompt-lookup-min = 1, prompt-lookup-max = 3
              verification = standard
            }
            """).Scheduler;
        Assert.Equal(
            new SchedulerSettings(512, 4, 256, 2, 256)
            {
                Policy = SchedulingPolicy.Priority, ChunksPrefill = false, CachesPrefixes = false, LorasMax = 3,
                Speculation = new SpeculationSettings(
                    SpeculationMethod.DraftModel, "gaudi-demo-draft", 5, 1, 3, VerificationMode.Standard),
            },
            scheduler);
        Assert.Equal(7, Given.Settings("gaudi.scheduler.long-prefill-token-threshold = 7").Scheduler.LongPrefillTokensMax);
        Assert.Equal(SpeculationMethod.Ngram, Given.Settings("gaudi.speculative.method = ngram").Scheduler.Speculation.Method);
    }

    [Theory]
    [InlineData(
        "gaudi.scheduler.max-num-batched-tokens = 31",
        "gaudi.scheduler.max-num-batched-tokens = 31: allowed is max-num-seqs = 32 or more: each needs a token a step")]
    [InlineData(
        "gaudi.scheduler.chunked-prefill = off, gaudi.model.max-model-len = 4096",
        "gaudi.scheduler.max-num-batched-tokens = 2048: allowed is max-model-len = 4096 or more while chunked-prefill = off")]
    [InlineData(
        "gaudi.scheduler { chunked-prefill = off, long-prefill-token-threshold = 5 }",
        "gaudi.scheduler.long-prefill-token-threshold = 5: allowed is 0 while chunked-prefill = off")]
    [InlineData(
        "gaudi.speculative.method = draft-model",
        "gaudi.speculative.model = : allowed is a model folder or a bundled model's name while method = draft-model")]
    [InlineData(
        "gaudi.speculative { method = ngram, model = m }",
        "gaudi.speculative.model = m: allowed is nothing unless method = draft-model")]
    [InlineData(
        "gaudi.speculative.prompt-lookup-min = 5",
        "gaudi.speculative.prompt-lookup-min = 5: allowed is prompt-lookup-max = 4 or less")]
    [InlineData(
        "gaudi.scheduler.policy = lifo", // S18
        "gaudi.scheduler.policy = lifo: allowed is fcfs, priority")]
    public void Contradiction_is_one_problem_that_names_both_sides(string overrides, string problem) =>
        Assert.Equal([problem], Problems(overrides));

    [Fact]
    public void Rank_is_told_the_draft_model_the_verification_and_a_modest_number_of_full_sequences()
    {
        var settings = Given.Settings();
        var plain = settings.Model.ForFolder("/m", settings.Scheduler, null);
        Assert.Equal((16, null, VerificationMode.Coupled), (plain.SequencesMax, plain.Draft, plain.Verification));
        Assert.Equal(0, plain.VerifiedRowsMax);
        var few = Given.Settings("gaudi.scheduler.max-num-seqs = 3");
        Assert.Equal(3, few.Model.ForFolder("/m", few.Scheduler, null).SequencesMax);
        var drafting = Given.Settings("gaudi.speculative { method = draft-model, model = d, verification = standard }");
        var told = drafting.Model.ForFolder("/m", drafting.Scheduler, "/models/d");
        Assert.Equal((new DraftSettings("/models/d"), VerificationMode.Standard), (told.Draft, told.Verification));
        Assert.Equal(32 * 5, told.VerifiedRowsMax); // every running choice with four drafts and what it knows
    }
}
