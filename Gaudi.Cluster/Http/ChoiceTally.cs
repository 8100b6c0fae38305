using System.Collections.Immutable;
using System.Text;
using Gaudi.Actors.Requests;

namespace Gaudi.Cluster.Http;

/// <summary>A choice put together again from its events, for an answer sent as one body. Not thread-safe.</summary>
internal sealed class ChoiceTally
{
    private readonly StringBuilder _text = new();
    private readonly ImmutableArray<GeneratedToken>.Builder _tokens = ImmutableArray.CreateBuilder<GeneratedToken>();

    /// <summary>The whole text.</summary>
    public string Text => _text.ToString();

    /// <summary>All tokens, also those behind a stop string.</summary>
    public ImmutableArray<GeneratedToken> Tokens => _tokens.ToImmutable();

    /// <summary>Null until the choice ended.</summary>
    public FinishReason? Reason { get; private set; }

    /// <summary>Null unless one of the client's own conditions ended the choice.</summary>
    public StopReason? StopReason { get; private set; }

    /// <summary>Where the prompt's blocks are kept for another server; null where they are not.</summary>
    public KvTransferParams? KvTransfer { get; private set; }

    /// <summary>Adds an event.</summary>
    public void Add(ChoiceEvent.Grew grew) => Add(grew.Text, grew.Tokens);

    /// <summary>Adds the ending.</summary>
    public void Add(ChoiceEvent.Ended ended)
    {
        Add(ended.Text, ended.Tokens);
        (Reason, StopReason, KvTransfer) = (ended.Reason, ended.StopReason, ended.KvTransfer);
    }

    private void Add(string text, ImmutableArray<GeneratedToken> tokens)
    {
        _text.Append(text);
        _tokens.AddRange(tokens);
    }
}
