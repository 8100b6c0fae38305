using System.Threading.Channels;
using Gaudi.Actors.Requests;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation.Load;

/// <summary>What a client hears of its request, checked token by token against what is right.</summary>
/// <param name="clients">Told its end.</param>
/// <param name="request">What was asked.</param>
/// <param name="gateway">The box it was asked at.</param>
internal sealed class SimAnswer(SimClients clients, SimRequest request, int gateway) : ChannelWriter<GenerationEvent>
{
    private bool _isLost;
    private ulong _chain = TokenChain.Add(TokenChain.Empty, request.Prompt.AsSpan());

    /// <summary>What was asked.</summary>
    internal SimRequest Request => request;

    /// <summary>The box it was asked at.</summary>
    internal int Gateway => gateway;

    /// <summary>When it was asked.</summary>
    internal TimeSpan Opened { get; } = clients.World.Engine.Now;

    /// <summary>When its first token came.</summary>
    internal TimeSpan? First { get; private set; }

    /// <summary>When its last token came.</summary>
    internal TimeSpan Last { get; private set; }

    /// <summary>The longest wait between two tokens.</summary>
    internal TimeSpan LongestGap { get; private set; }

    /// <summary>Tokens that came.</summary>
    internal int TokenCount { get; private set; }

    /// <summary>How it ended: length, abort, refused ..., lost; null while it runs.</summary>
    internal string? Ending { get; private set; }

    /// <summary>The client has gone away.</summary>
    internal bool IsAborted { get; private set; }

    public override bool TryWrite(GenerationEvent item)
    {
        if (_isLost)
            return true; // Nothing comes over a connection that broke.
        switch (item)
        {
            case GenerationEvent.Token token:
                Take(token);
                break;
            case GenerationEvent.Finished finished:
                End(finished.Reason.ToString().ToLowerInvariant());
                break;
            case GenerationEvent.Refused refused:
                End($"refused {refused.Kind}", refused.Message);
                break;
        }
        return true;
    }

    public override ValueTask<bool> WaitToWriteAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(true);

    public override bool TryComplete(Exception? error = null)
    {
        if (Ending is null)
            clients.World.Checks.Fail("requests end once", $"request {request.Number} was closed without an ending");
        return true;
    }

    /// <summary>Its gateway's process is gone, and the connection with it.</summary>
    internal void Lose()
    {
        End("lost");
        clients.World.Running.Gone(request.Seed, clients.World.Engine.EndKnownAfter);
        _isLost = true;
    }

    private void Take(GenerationEvent.Token token)
    {
        var world = clients.World;
        var (expected, position) = (TokenChain.Next(_chain, request.Seed), request.Prompt.Length + TokenCount);
        world.Checks.That("right tokens", Ending is null && token.Position == position && token.TokenId == expected, () =>
            $"request {request.Number}: expected {expected} at {position}, came {token.TokenId} at {token.Position}"
            + (Ending is null ? "" : $" after its ending {Ending}"));
        _chain = TokenChain.Add(_chain, token.TokenId);
        if (First is null)
            First = world.Engine.Now;
        else
        {
            var gap = world.Engine.Now - Last;
            LongestGap = gap > LongestGap ? gap : LongestGap;
            clients.NoteGap(gap);
        }
        Last = world.Engine.Now;
        if (++TokenCount == request.AbortAfter)
        {
            IsAborted = true;
            clients.Close(this);
        }
    }

    private void End(string how, string why = "")
    {
        clients.World.Checks.That("requests end once", Ending is null, () => $"request {request.Number} ended as {Ending} and as {how}");
        Ending = how;
        if (how == "length")
            clients.World.Checks.That("right tokens", TokenCount == request.TokensMax,
                () => $"request {request.Number} ended after {TokenCount} of {request.TokensMax} tokens");
        clients.Ended(this, why);
    }
}
