using Akka.Configuration;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Plugins;
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

    [Fact]
    public void Defaults_are_a_whole_configuration()
    {
        var settings = Given.Settings();
        Assert.Equal((PluginFailurePolicy.Report, false, null),
            (settings.Plugins.OnFailure, settings.Plugins.TrimAllowList, settings.Plugins.Platform));
        Assert.Equal(new SimulatedCardSettings(CardGeneration.Gaudi3, 2, null), settings.Simulate);
        Assert.Equal(["all"], settings.Ops.CustomOps);
        Assert.Equal(new ModelSettings("auto", 128, null, null, 0.9), settings.Model);
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
}
