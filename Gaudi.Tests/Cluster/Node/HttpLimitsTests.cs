using Gaudi.Actors.Settings;
using Gaudi.Cluster.Http;
using Gaudi.Cluster.Node;
using Gaudi.Tests.Actors;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

public sealed class HttpLimitsTests
{
    [Fact]
    public void Limits_of_the_reference_are_those_a_server_has_by_itself() =>
        Assert.Equal(
            new HttpServerSettings("127.0.0.1", 80) { ChoicesMax = 256 }, HttpLimits.For(Given.Settings(), "127.0.0.1", 80));

    // What an idle server has no place for would be told to try again for ever.
    [Theory]
    [InlineData("", 256)]
    [InlineData("gaudi.requests.open-max = 9", 9)]
    [InlineData("gaudi.scheduler.waiting-max = 4", 5)]
    [InlineData("gaudi.http.choices-max = 3", 3)]
    public void Choices_of_one_request_are_those_an_idle_server_has_places_for(string overrides, int choicesMax) =>
        Assert.Equal(choicesMax, HttpLimits.For(Given.Settings(overrides), "h", 1).ChoicesMax);

    [Fact]
    public void Every_limit_is_the_settings()
    {
        var limits = HttpLimits.For(
            Given.Settings("gaudi.http { bad-words-max = 3, prompt-logprob-entries-max = 4, stop-strings-max = 5 }"), "h", 1);
        Assert.Equal((3, 4, 5), (limits.BadWordsMax, limits.PromptLogprobEntriesMax, limits.StopStringsMax));
        limits = HttpLimits.For(
            Given.Settings(
                "gaudi.http { tool-call-parser = hermes, auto-tool-choice = on, trust-request-chat-template = on, chat-template-chars-max = 6 }"),
            "h", 1);
        Assert.Equal(
            ("hermes", true, true, 6),
            (limits.ToolCallFormat, limits.ChoosesTools, limits.TrustsRequestTemplates, limits.TemplateCharsMax));
    }

    // 4.3: a priority is an error unless the policy is priority.
    [Theory]
    [InlineData(SchedulingPolicy.Fcfs, false)]
    [InlineData(SchedulingPolicy.Priority, true)]
    public void Priorities_are_taken_under_the_policy_of_that_name(SchedulingPolicy policy, bool areTaken)
    {
        var settings = Given.Settings();
        settings = settings with { Scheduler = settings.Scheduler with { Policy = policy } };
        Assert.Equal(areTaken, HttpLimits.For(settings, "h", 1).TakesPriorities);
    }
}
