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
    public CompletionLogprobs Completion(ImmutableArray<GeneratedToken> tokens) => new(
        [.. tokens.Select(token => token.TextOffset)],
        [.. tokens.Select(token => Finite(token.Logprob))],
        [.. tokens.Select(token => Name(token.Id))],
        [.. tokens.Select(Top)]);

    private IReadOnlyDictionary<string, float> Top(GeneratedToken token)
    {
        // Parts of characters can have one text for several ids: the likeliest keeps the name.
        var top = new OrderedDictionary<string, float>(StringComparer.Ordinal);
        foreach (var other in token.Alternatives.Prepend(new TokenLogprob(token.Id, token.Logprob)))
        {
            top.TryAdd(Name(other.TokenId), Finite(other.Logprob));
        }
        return top;
    }

    private string Name(int id) => tokensAreIds ? $"token_id:{id}" : tokenizer.TokenText(id);

    private int[] Bytes(int id) => [.. tokenizer.TokenBytes(id).ToArray().Select(value => (int)value)];

    private static float Finite(float logprob) => float.IsNaN(logprob) ? LogprobMin : Math.Max(logprob, LogprobMin);
}
