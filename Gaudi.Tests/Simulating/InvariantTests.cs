using Gaudi.Actors.Requests;
using Gaudi.Tests.Simulation.Cost;
using Gaudi.Tests.Simulation.Load;
using Gaudi.Tests.Simulation.World;
using Xunit;

namespace Gaudi.Tests.Simulating;

/// <summary>What is broken is seen: each check is shown something wrong.</summary>
public sealed class InvariantTests : IDisposable
{
    private static readonly SimRequest Request = new(1, TimeSpan.Zero, [5, 6, 7], 2, 9, null);
    private readonly SimWorld _world;

    public InvariantTests()
    {
        var (topology, _) = TopologyFile.Read(Path.Combine(Preset.Folder, "hls3-1x8.conf"));
        _world = new SimWorld(
            topology, new ConstantCost(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(1), 1 << 20, 1 << 10, 1L << 37), 1);
    }

    public void Dispose() => _world.Dispose();

    private static GenerationEvent.Token Token(int position, int token) => new(position, token, float.NaN, []);

    private static int[] Right()
    {
        var chain = TokenChain.Add(TokenChain.Empty, Request.Prompt.AsSpan());
        var first = TokenChain.Next(chain, Request.Seed);
        return [first, TokenChain.Next(TokenChain.Add(chain, first), Request.Seed)];
    }

    private SimAnswer Answer() => new(_world.Clients, Request, 0);

    [Fact]
    public void Right_answer_breaks_nothing()
    {
        var (answer, right) = (Answer(), Right());
        answer.TryWrite(Token(3, right[0]));
        answer.TryWrite(Token(4, right[1]));
        answer.TryWrite(new GenerationEvent.Finished(FinishReason.Length, null));
        Assert.Empty(_world.Checks.Violations);
        Assert.Equal("length", answer.Ending);
    }

    [Fact]
    public void Wrong_token_is_seen()
    {
        Answer().TryWrite(Token(3, (Right()[0] + 1) % TokenChain.VocabularySize));
        Assert.StartsWith("right tokens: request 1: expected", Assert.Single(_world.Checks.Violations));
    }

    [Fact]
    public void Gap_is_seen()
    {
        Answer().TryWrite(Token(4, Right()[0]));
        Assert.StartsWith("right tokens:", Assert.Single(_world.Checks.Violations));
    }

    [Fact]
    public void Answer_that_is_too_short_is_seen()
    {
        var answer = Answer();
        answer.TryWrite(Token(3, Right()[0]));
        answer.TryWrite(new GenerationEvent.Finished(FinishReason.Length, null));
        Assert.Equal("right tokens: request 1 ended after 1 of 2 tokens", Assert.Single(_world.Checks.Violations));
    }

    [Fact]
    public void Second_ending_is_seen()
    {
        var answer = Answer();
        answer.TryWrite(new GenerationEvent.Finished(FinishReason.Abort, null));
        answer.TryWrite(new GenerationEvent.Refused(RefusalKind.Failed, "again", null));
        Assert.StartsWith("requests end once: request 1 ended as abort and as refused", Assert.Single(_world.Checks.Violations));
    }

    [Fact]
    public void Step_of_an_epoch_that_is_over_is_seen()
    {
        var (newer, older) = (new LaneGroup(_world.Lanes, "g", 0, 2, 0), new LaneGroup(_world.Lanes, "g", 0, 1, 0));
        _world.Checks.Stepped(newer);
        Assert.DoesNotContain(_world.Checks.Violations, one => one.StartsWith("one serving epoch", StringComparison.Ordinal));
        _world.Checks.Stepped(older);
        Assert.Contains("one serving epoch: g: a step of epoch 1 was complete after one of epoch 2", _world.Checks.Violations);
    }
}
