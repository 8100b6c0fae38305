using System.Collections.Immutable;
using System.Text;

namespace Gaudi.Cluster.Http;

/// <summary>Turns prompts into token ids, and holds them against the model's context.</summary>
internal sealed class PromptEncoder
{
    private readonly ServedModel _model;
    private readonly long _textBytesMax;

    /// <summary>Reads the vocabulary once for its longest token.</summary>
    public PromptEncoder(ServedModel model)
    {
        _model = model;
        var tokenBytesMax = Enumerable.Range(0, model.Tokenizer.VocabularySize)
            .Max(id => model.Tokenizer.TokenBytes(id).Length);
        // Normalizers may shorten a text, so the bound is generous; it only spares us encoding what is far too long.
        const int Slack = 8;
        _textBytesMax = (long)model.ContextTokensMax * Math.Max(tokenBytesMax, 1) * Slack;
    }

    private string Limit => $"This model's maximum context length is {_model.ContextTokensMax} tokens.";

    /// <summary>The tokens of a text, those that are kept.</summary>
    /// <exception cref="ApiException">No token, or more than the context holds.</exception>
    public PromptTokens Encode(string text, bool addSpecialTokens, PromptCut cut, string field)
    {
        var ids = Tokens(text, addSpecialTokens, field);
        var kept = cut.Of(ids);
        return new PromptTokens(Checked(kept, field), kept.Length == ids.Length ? text : null);
    }

    /// <summary>All tokens of a text, perhaps none, perhaps more than the context holds.</summary>
    /// <exception cref="ApiException">The text is far longer than any that the context holds.</exception>
    public ImmutableArray<int> Tokens(string text, bool addSpecialTokens, string field) =>
        Encoding.UTF8.GetByteCount(text) <= _textBytesMax
            ? _model.Tokenizer.Encode(text, addSpecialTokens)
            : throw ApiException.Invalid(
                $"{Limit} However, you requested a prompt of {text.Length} characters, which is more. "
                + "Please shorten the prompt.", field);

    /// <summary>Token ids as the client sent them, those that are kept.</summary>
    /// <exception cref="ApiException">None, one outside the vocabulary, or more than the context holds.</exception>
    public PromptTokens Take(ImmutableArray<int> ids, PromptCut cut, string field)
    {
        CheckKnown(ids, field);
        return new PromptTokens(Checked(cut.Of(ids), field), null);
    }

    /// <summary>Refuses ids outside the vocabulary.</summary>
    /// <exception cref="ApiException">There is one.</exception>
    public void CheckKnown(ImmutableArray<int> ids, string field)
    {
        foreach (var id in ids)
        {
            if (id >= _model.Tokenizer.VocabularySize)
                throw ApiException.Invalid(
                    $"Expected token ids in `{field}` from 0 to {_model.Tokenizer.VocabularySize - 1}, got {id}.",
                    field);
        }
    }

    /// <summary>How many tokens a choice may generate.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="asked">The client's limit; null when it named none.</param>
    /// <param name="unasked">The limit for clients that named none, cut to what the context has left.</param>
    /// <exception cref="ApiException">The client's limit and the prompt are together more than the context.</exception>
    public int TokensMax(PromptTokens prompt, int? asked, int unasked)
    {
        var room = _model.ContextTokensMax - prompt.Ids.Length;
        if (asked > room)
            throw ApiException.Invalid(
                $"{Limit} However, you requested {(long)prompt.Ids.Length + asked} tokens "
                + $"({prompt.Ids.Length} in the prompt, {asked} in the completion). "
                + "Please shorten the prompt or ask for fewer tokens.", "max_tokens");
        return asked ?? Math.Min(unasked, room);
    }

    private ImmutableArray<int> Checked(ImmutableArray<int> ids, string field)
    {
        if (ids.IsEmpty)
            throw ApiException.Invalid($"Expected `{field}` to hold at least one token, got none.", field);
        if (ids.Length >= _model.ContextTokensMax)
            throw ApiException.Invalid(
                $"{Limit} However, you requested a prompt of {ids.Length} tokens, which leaves none for the "
                + "completion. Please shorten the prompt.", field);
        return ids;
    }
}
