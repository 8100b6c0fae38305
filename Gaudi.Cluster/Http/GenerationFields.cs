using Gaudi.Actors.Constraints;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Execution;

namespace Gaudi.Cluster.Http;

/// <summary>The fields that completions and chat completions have in common, checked.</summary>
/// <param name="Sampling">With a seed.</param>
/// <param name="Stop">What ends a choice early.</param>
/// <param name="ChoiceCount">n, for each prompt; at least 1.</param>
/// <param name="TokensMax">Most tokens to generate for a choice; null when the client named no limit, 0 for the prompt alone.</param>
/// <param name="SkipsSpecialTokens">Special tokens give no text.</param>
/// <param name="ReturnsTokenIds">Token ids of prompt and answer go with the answer.</param>
/// <param name="TokensAreIds">Logprobs name a token `token_id:N` in place of its text.</param>
/// <param name="Stream">How the answer is sent.</param>
internal sealed record GenerationFields(
    SamplingParameters Sampling, StopFields Stop, int ChoiceCount, int? TokensMax, bool SkipsSpecialTokens,
    bool ReturnsTokenIds, bool TokensAreIds, StreamFields Stream)
{
    /// <summary>Lower goes first; 0 unless the server runs by priority.</summary>
    public int Priority { get; init; }

    /// <summary>Prompts with different salts share no cached prefix; null or not empty.</summary>
    public string? CacheSalt { get; init; }

    /// <summary>Alternatives beside each prompt token's logprob; null reports none.</summary>
    public int? PromptLogprobCount { get; init; }

    /// <summary>The answer has `prompt_logprobs`: the client asked for it by name.</summary>
    public bool ShowsPromptLogprobs { get; init; }

    /// <summary>The form the answer must have; null for any text.</summary>
    public OutputConstraint? Constraint { get; init; }

    /// <summary>The request's part in disaggregated serving; null for none.</summary>
    public KvTransferParams? KvTransfer { get; init; }

    /// <summary>Most choices of one prompt. Source: vLLM's VLLM_MAX_N_SEQUENCES.</summary>
    public const int ChoiceCountMax = 16384;

    /// <summary>Longest cache salt. Unit: characters. It travels with every choice; a secret needs far fewer.</summary>
    public const int SaltCharsMax = 4096;

    /// <summary>Reads and checks the fields.</summary>
    /// <param name="fields">The request.</param>
    /// <param name="model">The served one.</param>
    /// <param name="settings">Limits.</param>
    /// <param name="numbers">Gives the seed when the client gave none.</param>
    /// <param name="logprobCount">Alternatives beside each token; null reports none.</param>
    /// <param name="tokensMaxLeast">The least that `max_tokens` may be: 0 where the answer has the prompt, else 1.</param>
    /// <exception cref="ApiException">A type or a range, greedy sampling with more than one choice, or a field not
    /// honoured.</exception>
    public static GenerationFields Read(
        RequestFields fields, ServedModel model, HttpServerSettings settings, IRequestNumbers numbers,
        int? logprobCount, int tokensMaxLeast = 1)
    {
        var stop = StopFields.Read(fields, settings);
        var sampling = SamplingFields.Read(fields, model, settings, stop, logprobCount, numbers);
        var choiceCount = (int)(fields.Integer("n", 1, ChoiceCountMax) ?? 1);
        if (choiceCount > 1 && SamplingFields.IsGreedy(sampling))
            throw ApiException.Invalid($"n must be 1 when using greedy sampling, got {choiceCount}.", "n");
        var cacheSalt = ReadCacheSalt(fields);
        var tokensMax = fields.Integer("max_tokens", tokensMaxLeast, int.MaxValue);
        var completionTokensMax = fields.Integer("max_completion_tokens", tokensMaxLeast, int.MaxValue);
        var stream = StreamFields.Read(fields);
        var promptLogprobCount = ReadPromptLogprobCount(fields, stream, model, settings);
        return new GenerationFields(
            sampling,
            stop,
            choiceCount,
            (int?)(completionTokensMax ?? tokensMax),
            fields.Flag("skip_special_tokens", absent: true),
            fields.Flag("return_token_ids", absent: false),
            fields.Flag("return_tokens_as_token_ids", absent: false),
            stream)
        {
            Priority = ReadPriority(fields, settings),
            CacheSalt = cacheSalt,
            PromptLogprobCount = promptLogprobCount,
            ShowsPromptLogprobs = promptLogprobCount != null,
            Constraint = ConstraintFields.Read(fields, model),
            KvTransfer = KvTransferFields.Read(fields, settings.KvRole, stream),
        };
    }

    /// <summary>
    /// Checks a count of alternatives against what the server allows; -1 asks for the whole vocabulary.
    /// </summary>
    public static int CheckLogprobCount(long asked, string name, ServedModel model, HttpServerSettings settings)
    {
        var isAllowed = settings.LogprobsMax == -1 || (asked >= 0 && asked <= settings.LogprobsMax);
        if (!isAllowed)
            throw ApiException.Invalid(
                $"Expected `{name}` to be from 0 to {settings.LogprobsMax}, the most this server allows, got {asked}.",
                name);
        return asked == -1 ? model.Tokenizer.VocabularySize : (int)Math.Min(asked, model.Tokenizer.VocabularySize);
    }

    private static int? ReadPromptLogprobCount(
        RequestFields fields, StreamFields stream, ServedModel model, HttpServerSettings settings)
    {
        const string Name = "prompt_logprobs";
        if (fields.Integer(Name, -1, int.MaxValue) is not { } asked)
            return null;
        if (stream.IsStreamed)
            throw ApiException.Invalid($"`{Name}` are not available with `\"stream\": true`; leave one of them out.", Name);
        return CheckLogprobCount(asked, Name, model, settings);
    }

    /// <summary>Reads and checks `cache_salt`.</summary>
    /// <exception cref="ApiException">Empty, or too long.</exception>
    public static string? ReadCacheSalt(RequestFields fields)
    {
        var salt = fields.Text("cache_salt");
        if (salt is "")
            throw ApiException.Invalid(
                "Expected `cache_salt` to be a string that is not empty, got an empty one.", "cache_salt");
        return salt?.Length > SaltCharsMax
            ? throw ApiException.Invalid(
                $"Expected `cache_salt` to be at most {SaltCharsMax} characters, got {salt.Length}.", "cache_salt")
            : salt;
    }

    /// <summary>Reads and checks `priority`.</summary>
    /// <exception cref="ApiException">Not 0 where the server does not schedule by priority.</exception>
    public static int ReadPriority(RequestFields fields, HttpServerSettings settings)
    {
        var priority = (int)(fields.Integer("priority", int.MinValue, int.MaxValue) ?? 0);
        return priority == 0 || settings.TakesPriorities
            ? priority
            : throw ApiException.Invalid(
                $"Expected `priority` to be 0, as this server does not schedule by priority, got {priority}.", "priority");
    }
}
