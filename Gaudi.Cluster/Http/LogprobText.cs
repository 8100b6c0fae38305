using System.Collections.Immutable;
using Gaudi.Actors.Text;
using Gaudi.Cluster.Http.Bodies;
using Gaudi.Hpu.Execution;

namespace Gaudi.Cluster.Http;

/// <summary>Logprobs in the forms of OpenAI's two APIs.</summary>
/// <param name="tokenizer">Of the served model.</param>
/// <param name="tokensAreIds">return_tokens_as_token_ids: a token is named `token_id:N`.</param>
internal sealed class LogprobText(Tokenizer tokenizer, bool tokensAreIds)
{
    /// <summary>Stands for minus infinity, which JSON cannot say. Source: vLLM.</summary>
    public const float LogprobMin = -9999f;

    /// <summary>The form of chat: one object a token, exactly the alternatives that were asked for.</summary>
    public ChatLogprobs Chat(ImmutableArray<GeneratedToken> tokens) => new(
        [.. tokens.Select(token => new ChatTokenLogprob(
            Name(token.Id), Finite(token.Logprob), Bytes(token.Id),
            [.. token.Alternatives.Select(
                other => new ChatTopLogprob(Name(other.TokenId), Finite(other.Logprob), Bytes(other.TokenId)))]))]);

    /// <summary>The form of completions: four lists. The generated token is always among the likeliest.</summary>
    /// <param name="tokens">In order.</param>
    /// <param name="textStart">Where the generated text begins in the answer's. Unit: Unicode scalars.</param>
    public CompletionLogprobs Completion(ImmutableArray<GeneratedToken> tokens, int textStart) => new(
        [.. tokens.Select(token => textStart + token.TextOffset)],
        [.. tokens.Select(token => (float?)Finite(token.Logprob))],
        [.. tokens.Select(token => Name(token.Id))],
        [.. tokens.Select(token => Top(new TokenLogprob(token.Id, token.Logprob), token.Alternatives))]);

    /// <summary>An echoed prompt in the form of completions. Its first token has no logprob.</summary>
    /// <param name="ids">The prompt's; at least one.</param>
    /// <param name="scores">Of all but the first.</param>
    /// <param name="skipsSpecialTokens">Special tokens give no text.</param>
    public CompletionLogprobs Echoed(ImmutableArray<int> ids, IReadOnlyList<PromptScore> scores, bool skipsSpecialTokens) => new(
        Offsets(ids, skipsSpecialTokens),
        [null, .. scores.Select(score => (float?)Finite(score.Logprob))],
        [.. ids.Select(Name)],
        [null, .. scores.Select(score => Top(new TokenLogprob(score.TokenId, score.Logprob), score.Alternatives))]);

    /// <summary>prompt_logprobs: the token itself, then the likeliest, by token id.</summary>
    /// <param name="scores">Of all but the first token, whose place holds null.</param>
    public IReadOnlyList<IReadOnlyDictionary<int, PromptLogprob>?> Prompt(IReadOnlyList<PromptScore> scores) =>
        [null, .. scores.Select(Ranked)];

    private OrderedDictionary<int, PromptLogprob> Ranked(PromptScore score)
    {
        var ranked = new OrderedDictionary<int, PromptLogprob> { { score.TokenId, Entry(score.TokenId, score.Logprob, score.Rank) } };
        foreach (var (index, other) in score.Alternatives.Index())
        {
            ranked.TryAdd(other.TokenId, Entry(other.TokenId, other.Logprob, index + 1));
        }
        return ranked;

        PromptLogprob Entry(int id, float logprob, int rank) => new(Finite(logprob), rank, tokenizer.TokenText(id));
    }

    private ImmutableArray<int> Offsets(ImmutableArray<int> ids, bool skipsSpecialTokens)
    {
        var detokenizer = new IncrementalDetokenizer(tokenizer, skipsSpecialTokens);
        var scalarCount = 0;
        var offsets = ImmutableArray.CreateBuilder<int>(ids.Length);
        foreach (var id in ids)
        {
            offsets.Add(scalarCount);
            scalarCount += detokenizer.Push(id).EnumerateRunes().Count();
        }
        return offsets.MoveToImmutable();
    }

    private OrderedDictionary<string, float> Top(TokenLogprob token, ImmutableArray<TokenLogprob> alternatives)
    {
        // Parts of characters can have one text for several ids: the likeliest keeps the name.
        var top = new OrderedDictionary<string, float>(StringComparer.Ordinal);
        foreach (var other in alternatives.Prepend(token))
        {
            top.TryAdd(Name(other.TokenId), Finite(other.Logprob));
        }
        return top;
    }

    private string Name(int id) => tokensAreIds ? $"token_id:{id}" : tokenizer.TokenText(id);

    private int[] Bytes(int id) => [.. tokenizer.TokenBytes(id).ToArray().Select(value => (int)value)];

    private static float Finite(float logprob) => float.IsNaN(logprob) ? LogprobMin : Math.Max(logprob, LogprobMin);
}
