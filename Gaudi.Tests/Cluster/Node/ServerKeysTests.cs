using Gaudi.Actors.Settings;
using Gaudi.Cluster.Node;
using Gaudi.Tests.Actors;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

public sealed class ServerKeysTests
{
    [Theory]
    [InlineData("", "", null, "")]
    [InlineData("a b", "c", "d", "a b c")]
    [InlineData("", "c", "d", "c")]
    [InlineData("", "", "d", "d")]
    public void Environment_counts_where_nobody_said_a_key(string settings, string flags, string? environment, string keys) =>
        Assert.Equal(
            keys, string.Join(' ', ServerKeys.Of(settings.Split(' ').Where(key => key != ""), flags.Split(' ').Where(key => key != ""), environment)));

    [Fact]
    public void Key_of_the_environment_that_no_header_can_carry_is_a_sentence_without_it()
    {
        var problem = Assert.Throws<NodeStartException>(() => ServerKeys.Of([], [], "two words"));
        Assert.Equal(
            "expected GAUDI_API_KEY to hold visible ASCII characters without blanks, at least one, came something else; set another key",
            problem.Message);
    }

    [Fact]
    public void Keys_are_a_setting() => Assert.Equal(["k1", "k2"], Given.Settings("gaudi.http.api-keys = [k1, k2]").Http.ApiKeys);

    [Theory]
    [InlineData("gaudi.http.api-keys = secret")]
    [InlineData("gaudi.http.api-keys = [\"sec ret\"]")]
    [InlineData("gaudi.http.api-keys = [\"\"]")]
    public void Wrong_keys_are_named_and_not_shown(string text)
    {
        var problem = Assert.Throws<SettingsException>(() => Given.Settings(text));
        Assert.Contains("gaudi.http.api-keys = (not shown): allowed is a list of keys", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sec", problem.Message, StringComparison.Ordinal);
    }
}
