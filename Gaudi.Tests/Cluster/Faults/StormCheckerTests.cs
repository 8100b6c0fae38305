using Gaudi.Tests.Storm;
using Xunit;

namespace Gaudi.Tests.Cluster.Faults;

/// <summary>The judge of a storm finds each kind of wrong in a history, and nothing in one that is right.</summary>
public sealed class StormCheckerTests
{
    private static readonly int[] Reference = [7, 8, 9, 9];

    private readonly List<StormEvent> _history =
    [
        new(0, StormEventKind.Plan) { RefusedMax = 0.5 },
        new(1, StormEventKind.Sent) { Request = -1, Spec = 0 },
        new(2, StormEventKind.Finished) { Request = -1 },
        new(3, StormEventKind.Reference) { Spec = 0, Tokens = Reference, Text = "length" },
        new(4, StormEventKind.Begun),
    ];

    [Fact]
    public void A_right_history_has_no_violation_and_its_measures()
    {
        Serves("a#1", 1);
        Sent(1);
        Token(1, 7, 100);
        Fault(1, 110);
        Add(StormEventKind.Waits, one => one with { Node = "a#1" });
        Add(StormEventKind.Forms, one => one with { Node = "a#1", Epoch = 2 });
        Serves("a#1", 2);
        Token(1, 8, 900);
        Token(1, 9, 910);
        Token(1, 9, 920);
        Finished(1);
        Healed(1, 1110);
        Answer(2, Reference);
        var verdict = Ended();
        Assert.Empty(verdict.Violations);
        Assert.Equal((2, 8, 0), (verdict.RequestCount, verdict.TokenCount, verdict.RefusalCount));
        Assert.Equal(new FaultMeasure(1, "kill", 800, 1000), Assert.Single(verdict.Faults));
    }

    [Theory]
    [InlineData(new[] { 7, 8, 9 }, "missing from position 3")]
    [InlineData(new[] { 7, 9, 9 }, "missing from position 1")]
    [InlineData(new[] { 7, 8, 8, 9, 9 }, "doubled or added from position 2")]
    [InlineData(new[] { 7, 8, 9, 9, 5 }, "doubled or added from position 4")]
    [InlineData(new[] { 7, 8, 5, 9 }, "wrong from position 2")]
    [InlineData(new[] { 8, 7, 9, 9 }, "wrong from position 0")]
    [InlineData(new[] { 1, 2 }, "wrong from position 0")]
    public void Tokens_that_are_not_the_references(int[] tokens, string expected)
    {
        Answer(1, tokens);
        Violates(expected);
    }

    [Fact]
    public void Another_finish_reason()
    {
        Answer(1, Reference, "stop");
        Violates("finish reason stop, undisturbed length");
    }

    [Fact]
    public void A_request_that_is_completed_twice()
    {
        Answer(1, Reference);
        Finished(1);
        Violates("request 1 was completed 2 times");
    }

    [Fact]
    public void A_token_after_the_end()
    {
        Answer(1, Reference);
        Token(1, 9);
        Violates("request 1: Token after its end");
    }

    [Fact]
    public void A_request_without_an_end()
    {
        Sent(1);
        Token(1, 7);
        Violates("request 1 has no end: 1 tokens came");
    }

    [Fact]
    public void A_stream_that_breaks()
    {
        Sent(1);
        Token(1, 7);
        Add(StormEventKind.Broken, one => one with { Request = 1, Text = "the stream ended without [DONE]" });
        Violates("request 1 broke after 1 tokens: the stream ended without [DONE]");
    }

    [Fact]
    public void A_refusal_in_the_middle_of_an_answer()
    {
        Sent(1);
        Token(1, 7);
        Refused(1);
        Violates("request 1 was refused after 1 tokens", "request 1 has no end: 1 tokens came", "1 of 1 requests were refused; allowed are 50");
    }

    [Fact]
    public void Refusals_up_to_the_cap_are_counted_and_no_violation()
    {
        Refused(1);
        Refused(1);
        Answer(1, Reference);
        Answer(2, Reference);
        var verdict = Ended();
        Assert.Empty(verdict.Violations);
        Assert.Equal((1, 2), (verdict.RefusedRequestCount, verdict.RefusalCount));
    }

    [Fact]
    public void More_refused_requests_than_the_cap_allows()
    {
        foreach (var request in new[] { 1, 2 })
        {
            Refused(request);
            Answer(request, Reference);
        }
        Answer(3, Reference);
        Violates("2 of 3 requests were refused; allowed are 50");
    }

    [Fact]
    public void Two_nodes_that_serve_at_once()
    {
        Serves("a#1", 1);
        Serves("c#1", 2);
        Answer(1, Reference);
        Violates("two epochs serve at once: 1 on node a#1 and 2 on node c#1");
    }

    [Fact]
    public void Two_epochs_of_one_node_without_an_end_of_the_first()
    {
        Serves("a#1", 1);
        Serves("a#1", 2);
        Answer(1, Reference);
        Violates("two epochs serve at once: 1 on node a#1 and 2 on node a#1");
    }

    [Fact]
    public void A_node_that_serves_after_another_ended_is_right()
    {
        Serves("a#1", 4);
        Add(StormEventKind.NodeEnded, one => one with { Node = "a#1" });
        Serves("c#1", 5);
        Answer(1, Reference);
        Assert.Empty(Ended().Violations);
    }

    [Fact]
    public void An_epoch_that_comes_again()
    {
        Serves("a#1", 2);
        Add(StormEventKind.Waits, one => one with { Node = "a#1" });
        Add(StormEventKind.Forms, one => one with { Node = "a#1", Epoch = 2 });
        Answer(1, Reference);
        Violates("node a#1 forms epoch 2 after epoch 2 served");
    }

    [Fact]
    public void A_fault_that_never_heals_and_one_that_comes_meanwhile()
    {
        Fault(1, 10);
        Fault(2, 20);
        Healed(2, 30);
        Answer(1, Reference);
        Violates("fault 1 (kill) never healed", "fault 2 (kill) came before the one before it had healed");
    }

    [Fact]
    public void Processes_that_are_left()
    {
        Answer(1, Reference);
        Add(StormEventKind.Ended, one => one with { Left = [41, 42] });
        Assert.Equal(["2 processes were left running: 41, 42"], StormChecker.Check(_history).Violations);
    }

    [Fact]
    public void A_history_that_proves_nothing()
    {
        Assert.Equal(
            [
                "the history does not say how many requests may be refused", "no request was sent",
                "the history has no end: what was left running is not known",
            ],
            StormChecker.Check([]).Violations);
    }

    [Fact]
    public void An_event_is_the_same_after_it_was_written_and_read()
    {
        Fault(3, 12.125);
        foreach (var happened in _history)
        {
            var read = StormEvent.FromLine(happened.ToLine());
            Assert.Equal(happened with { Tokens = null }, read with { Tokens = null });
            Assert.Equal(happened.Tokens, read.Tokens);
        }
    }

    private void Violates(params string[] expected)
    {
        var violations = Ended().Violations;
        Assert.True(violations.Count == expected.Length, string.Join('\n', violations));
        Assert.All(expected, one => Assert.Contains(violations, violation => violation.Contains(one, StringComparison.Ordinal)));
    }

    private StormVerdict Ended()
    {
        Add(StormEventKind.Ended, one => one with { Left = [] });
        return StormChecker.Check(_history);
    }

    private void Answer(int request, int[] tokens, string finish = "length")
    {
        Sent(request);
        foreach (var token in tokens)
            Token(request, token);
        Add(StormEventKind.Finished, one => one with { Request = request, Text = finish });
    }

    private void Sent(int request) => Add(StormEventKind.Sent, one => one with { Request = request, Spec = 0 });

    private void Refused(int request) => Add(StormEventKind.Refused, one => one with { Request = request, Status = 503 });

    private void Token(int request, int token, double atMs = 5) =>
        Add(StormEventKind.Token, one => one with { AtMs = atMs, Request = request, Token = token });

    private void Finished(int request) => Add(StormEventKind.Finished, one => one with { Request = request, Text = "length" });

    private void Serves(string node, long epoch) => Add(StormEventKind.Serves, one => one with { Node = node, Epoch = epoch });

    private void Fault(int number, double atMs) =>
        Add(StormEventKind.FaultBegun, one => one with { AtMs = atMs, Fault = number, Class = "kill" });

    private void Healed(int number, double atMs) =>
        Add(StormEventKind.FaultHealed, one => one with { AtMs = atMs, Fault = number, Class = "kill" });

    private void Add(StormEventKind kind, Func<StormEvent, StormEvent> fill) => _history.Add(fill(new StormEvent(5, kind)));
}
