using Akka.Configuration;
using Gaudi.Actors.Settings;
using Xunit;

namespace Gaudi.Tests.Actors.Settings;

/// <summary>Values nobody should write: one problem that names the key and the value, and never another exception.</summary>
public sealed class HostileSettingsTests
{
    private static readonly string[] Texts = ["gaudi.plugins.platform", "gaudi.speculative.model", "gaudi.kv-transfer.connector", "gaudi.kv-transfer.engine-id",
        "gaudi.security.certificates", "gaudi.kv-transfer.side-channel-host", "gaudi.faults.partition-file", "gaudi.faults.lane-proxy",
        "gaudi.events.file"];

    private static readonly string[] Lists =
    [
        "gaudi.ops.custom-ops", "gaudi.ops.disable", "gaudi.http.api-keys", "gaudi.http.allowed-origins", "gaudi.http.allowed-methods",
        "gaudi.http.allowed-headers", "gaudi.http.media-domains", "gaudi.lora.modules",
    ];

    private static readonly string[] NoNumbers =
    [
        "-2", "-9223372036854775808", "9223372036854775808", "99999999999999999999999", "1e30", "NaN", "0x10", "1_000", "1,5",
        "many", "2m",
    ];

    public static TheoryData<string> Keys => [.. GaudiSettings.ReadKeys(Given.Reference)];

    public static TheoryData<string> Scalars => [.. GaudiSettings.ReadKeys(Given.Reference).Except(Lists)];

    public static TheoryData<string> Numbers =>
    [
        .. GaudiSettings.ReadKeys(Given.Reference).Except(Lists).Where(key => double.TryParse(Given.Reference.GetString(key), out _)),
    ];

    private static IReadOnlyList<string> Problems(string overrides)
    {
        try
        {
            Given.Settings(overrides);
            return [];
        }
        catch (SettingsException problem)
        {
            return problem.Problems;
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Number_that_cannot_be_used_is_one_problem_with_its_key_and_value(string key)
    {
        foreach (var value in NoNumbers)
        {
            var problem = Assert.Single(Problems($"{key} = \"{value}\""));
            Assert.StartsWith($"{key} = {value}: allowed is ", problem, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Scalars))]
    public void Empty_value_is_one_problem_unless_the_key_is_a_text(string key) => Assert.Equal(
        Texts.Contains(key) ? 0 : 1, Problems($"{key} = \"\"").Count);

    [Theory]
    [MemberData(nameof(Scalars))]
    public void List_or_block_in_place_of_one_value_is_named(string key)
    {
        var problem = Assert.Single(Problems($"{key} = [1, 2]"));
        Assert.StartsWith($"{key} = ", problem, StringComparison.Ordinal);
        Assert.Contains("1", problem, StringComparison.Ordinal);
        Assert.Contains(Problems($"{key} {{ a = 1 }}"), one => one.StartsWith($"{key} = ", StringComparison.Ordinal));
        Assert.Contains($"{key}.a is no key of this version: see hocon/reference.conf", Problems($"{key} {{ a = 1 }}"));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Key_without_a_default_is_one_problem(string key)
    {
        var others = GaudiSettings.ReadKeys(Given.Reference).Where(one => one != key).Select(one =>
            Lists.Contains(one) ? $"{one} = []" : $"{one} = \"{Given.Reference.GetString(one)}\"");
        var text = string.Join('\n', others.Append("gaudi-card { type = PinnedDispatcher }"));
        var problem = Assert.Single(
            Assert.Throws<SettingsException>(() => GaudiSettings.Load(ConfigurationFactory.ParseString(text))).Problems);
        Assert.Equal($"{key} is missing: hocon/reference.conf must give its default", problem);
    }

    [Fact]
    public void Every_key_wrong_at_once_is_every_key_named_once()
    {
        var keys = GaudiSettings.ReadKeys(Given.Reference).Except(Texts).ToList();
        var problems = Problems(string.Join('\n', keys.Select(key => $"{key} = \"no\"")));
        Assert.Equal(keys.Order(StringComparer.Ordinal), problems.Select(one => one.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Empty_configuration_misses_every_key_and_nothing_else() => Assert.Equal(
        GaudiSettings.ReadKeys(Given.Reference).Select(key => $"{key} is missing: hocon/reference.conf must give its default"),
        Assert.Throws<SettingsException>(() => GaudiSettings.Load(Config.Empty)).Problems.Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("gaudi = 5")]
    [InlineData("gaudi = [1]")]
    [InlineData("gaudi.group = on")]
    [InlineData("gaudi.cards = [a]")]
    [InlineData("gaudi.ops.disable = [[a]]")]
    [InlineData("gaudi.ops.disable = [{ a = 1 }]")]
    [InlineData("gaudi.model.dtype = null")]
    [InlineData("gaudi.\"\" = 1")]
    [InlineData("gaudi.\"a.b\" = 1")]
    [InlineData("gaudi.group.\"tensor-parallel-size.x\" = 1")]
    [InlineData("gaudi.workers.dispatcher = \"..\"")]
    [InlineData("gaudi.workers.dispatcher = gaudi-crad")]
    [InlineData("gaudi.workers.dispatcher = gaudi.workers.restarts-max")]
    public void Odd_configuration_is_a_problem_and_no_crash(string overrides) => Assert.NotEmpty(Problems(overrides));

    [Fact]
    public void Unknown_key_is_found_on_every_level_of_the_chain() => Assert.Equal(
        ["gaudi.group.low", "gaudi.http.high", "gaudi.middle"],
        Assert.Throws<SettingsException>(() => GaudiSettings.Load(
            ConfigurationFactory.ParseString("gaudi.http.high = 1")
                .WithFallback(ConfigurationFactory.ParseString("gaudi.middle = 1"))
                .WithFallback(ConfigurationFactory.ParseString("gaudi.group.low = 1"))
                .WithFallback(Given.Reference))).Problems.Select(one => one.Split(' ')[0]));

    [Fact]
    public void Logprobs_without_a_limit_are_minus_one()
    {
        Assert.Equal(-1, Given.Settings("gaudi.http.logprobs-max = -1").Http.LogprobsMax);
        Assert.Single(Problems("gaudi.http.logprobs-max = -2"));
    }

    [Fact]
    public void Range_names_both_ends() => Assert.Equal(
        ["gaudi.group.hang.first-limit-ms = 2147483648: allowed is a whole number from 1 to 2147483647"],
        Problems("gaudi.group.hang.first-limit-ms = 2147483648"));
}
