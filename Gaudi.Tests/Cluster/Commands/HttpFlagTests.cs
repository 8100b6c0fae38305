using System.CommandLine;
using Gaudi.Actors.Settings;
using Gaudi.Cluster.Commands;
using Gaudi.Cluster.Http;
using Gaudi.Cluster.Node;
using Gaudi.Tests.Actors;
using Xunit;

namespace Gaudi.Tests.Cluster.Commands;

/// <summary>vLLM's flags for what requests may ask, as settings; wrong ones are one sentence.</summary>
public sealed class HttpFlagTests
{
    private static (ParseResult Parsed, ServeFlags Flags) Parse(params string[] arguments)
    {
        var flags = new ServeFlags();
        var command = new Command("serve");
        flags.AddTo(command);
        return (command.Parse(arguments), flags);
    }

    private static HttpServerSettings Limits(params string[] arguments)
    {
        var (parsed, flags) = Parse(arguments);
        Assert.Empty(parsed.Errors);
        return HttpLimits.For(Given.Settings(ServeSettings.Of(flags.Read(parsed, "model"))), "127.0.0.1", 80);
    }

    [Fact]
    public void Calls_are_looked_for_where_the_flags_say_so()
    {
        Assert.Equal((null, false), (Limits().ToolCallFormat, Limits().ChoosesTools));
        var limits = Limits("--tool-call-parser", "llama3_json", "--enable-auto-tool-choice");
        Assert.Equal(("llama3_json", true), (limits.ToolCallFormat, limits.ChoosesTools));
        limits = Limits("--tool-call-parser", "hermes");
        Assert.Equal(("hermes", false), (limits.ToolCallFormat, limits.ChoosesTools));
    }

    [Fact]
    public void Choosing_without_a_format_is_one_sentence()
    {
        var problem = Assert.Throws<SettingsException>(() => Limits("--enable-auto-tool-choice"));
        Assert.Contains(
            "gaudi.http.auto-tool-choice = on: allowed is off while gaudi.http.tool-call-parser is none", problem.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Templates_of_requests_are_trusted_where_the_flag_says_so()
    {
        Assert.False(Limits().TrustsRequestTemplates);
        Assert.True(Limits("--trust-request-chat-template").TrustsRequestTemplates);
    }

    [Fact]
    public void Keys_are_kept_out_of_the_settings_that_workers_are_told()
    {
        var (parsed, flags) = Parse("--api-key", "k1", "--api-key", "k2");
        var options = flags.Read(parsed, "model");
        Assert.Equal("k1 k2", string.Join(' ', options.Http.ApiKeys));
        Assert.DoesNotContain("k1", ServeSettings.Of(options), StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_key_is_not_shown() => Assert.Equal(
        "--api-key expects visible ASCII characters without blanks, at least one",
        Assert.Single(Parse("--api-key", "sec ret").Parsed.Errors).Message);

    [Fact]
    public void Pages_of_other_sites_may_do_what_the_flags_say()
    {
        Assert.Equal(CrossOrigin.Open, Limits().CrossOrigin);
        Assert.Equal(
            new CrossOrigin(["https://a.example", "https://b.example"], ["POST"], ["Authorization", "X-\"Y\""], true),
            Limits(
                "--allowed-origins", "[\"https://a.example\",\"https://b.example\"]", "--allowed-methods", "[\"POST\"]",
                "--allowed-headers", "[\"Authorization\", \"X-\\\"Y\\\"\"]", "--allow-credentials").CrossOrigin);
        Assert.Empty(Limits("--allowed-origins", "[]").CrossOrigin.Origins);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("[5]")]
    [InlineData("{}")]
    [InlineData("[\"a\"")]
    public void Origins_that_are_no_list_are_one_sentence(string value) => Assert.Equal(
        $"--allowed-origins expects a JSON list of texts such as [\"a\", \"b\"], came `{value}`",
        Assert.Single(Parse("--allowed-origins", value).Parsed.Errors).Message);

    [Fact]
    public void Unknown_format_is_one_sentence() =>
        Assert.Contains("'mistral' not recognized", Assert.Single(Parse("--tool-call-parser", "mistral").Parsed.Errors).Message, StringComparison.Ordinal);
}
