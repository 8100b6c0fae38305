using System.Collections.Immutable;
using System.Text;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Text;
using Gaudi.Hpu;

namespace Gaudi.Cluster.Http;

/// <summary>
/// Turns the tokens of one choice into text: whole characters only, nothing that may become a stop string, and nothing
/// after one. A stop string ends the choice only where it ends behind the first min_tokens tokens, as vLLM has it. Tokens
/// wait for the text they lead to. Not thread-safe.
/// </summary>
internal sealed class ChoiceText
{
    private readonly ChoicePlan _plan;
    private readonly Tokenizer _tokenizer;
    private readonly IncrementalDetokenizer _detokenizer;
    private readonly StopStringMatcher _matcher;
    private readonly ImmutableArray<GeneratedToken>.Builder _pending = ImmutableArray.CreateBuilder<GeneratedToken>();
    private int _nextPosition;
    private int _textScalars;
    private bool _isEnded;

    /// <summary>Begins a choice.</summary>
    public ChoiceText(ChoicePlan plan, Tokenizer tokenizer)
    {
        _plan = plan;
        _tokenizer = tokenizer;
        _detokenizer = new IncrementalDetokenizer(tokenizer, plan.SkipsSpecialTokens);
        _matcher = new StopStringMatcher(plan.Stop.Strings, plan.Stop.IsStringKept);
        _nextPosition = plan.Request.PromptTokenIds.Length;
    }

    /// <summary>Takes the next token.</summary>
    /// <returns>Grew when text became final, Ended when a stop string did, null otherwise.</returns>
    public ChoiceEvent? Push(GenerationEvent.Token token)
    {
        Invariant.That(!_isEnded, "a token came after the end");
        Invariant.That(token.Position == _nextPosition, $"expected position {_nextPosition}, got {token.Position}");
        _nextPosition++;
        _pending.Add(new GeneratedToken(token.TokenId, token.Logprob, token.Alternatives, _textScalars));
        var match = Take(IsSilent(token.TokenId) ? "" : _detokenizer.Push(token.TokenId));
        if (match.MatchedStop is { } stop)
            return EndWith(match.Emit, FinishReason.Stop, new StopReason(stop, null));
        return match.Emit == "" ? null : new ChoiceEvent.Grew(_plan.Index, match.Emit, TakePending());
    }

    /// <summary>The engine ended the choice: everything held back is final, unless it ends in a stop string.</summary>
    public ChoiceEvent.Ended End(GenerationEvent.Finished finished)
    {
        Invariant.That(!_isEnded, "a choice ended twice");
        var match = Take(_detokenizer.Flush());
        var ended = match.MatchedStop is { } stop
            ? EndWith(match.Emit, FinishReason.Stop, new StopReason(stop, null))
            : EndWith(match.Emit + _matcher.Flush(), finished.Reason, ReasonOf(finished));
        return ended with { CachedTokenCount = finished.CachedTokenCount, KvTransfer = finished.KvTransfer };
    }

    private StopReason? ReasonOf(GenerationEvent.Finished finished) =>
        finished is { Reason: FinishReason.Stop, StopTokenId: { } id } && !IsEos(id) ? new StopReason(null, id) : null;

    private bool IsEos(int id) => _plan.EosTokenIds.Contains(id) && !_plan.Stop.IgnoresEos;

    /// <summary>
    /// A special token that ends the choice is a mark, not text, even where special tokens are shown.
    /// </summary>
    private bool IsSilent(int id) =>
        _tokenizer.IsSpecial(id) && !_plan.Stop.IsStringKept && _plan.Request.StopTokenIds.Contains(id);

    private StopMatch Take(string text)
    {
        _textScalars += text.EnumerateRunes().Count();
        var tokenCount = _nextPosition - _plan.Request.PromptTokenIds.Length;
        return tokenCount > _plan.Request.Sampling.TokensMin ? _matcher.Push(text) : _matcher.Pass(text);
    }

    private ChoiceEvent.Ended EndWith(string text, FinishReason reason, StopReason? stopReason)
    {
        _isEnded = true;
        return new ChoiceEvent.Ended(_plan.Index, text, TakePending(), reason, stopReason);
    }

    private ImmutableArray<GeneratedToken> TakePending()
    {
        var tokens = _pending.ToImmutable();
        _pending.Clear();
        return tokens;
    }
}
