using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Microsoft.AspNetCore.Http;

namespace Gaudi.Cluster.Http.Metrics;

/// <summary>What the edge counts and times of the choices it answers, under vLLM's names. Any thread.</summary>
internal sealed class RequestMetrics
{
    private static readonly ImmutableArray<string> Reasons = ["stop", "length", "abort", "error", "repetition"];

    private readonly ImmutableArray<(string Name, string Help, Histogram Values)> _histograms;
    private readonly long[] _endedByReason = new long[Reasons.Length];
    private long _rejectedCount;

    /// <summary>Begins with nothing.</summary>
    /// <param name="contextTokensMax">Longest sequence: bounds the ranges of token counts.</param>
    public RequestMetrics(int contextTokensMax)
    {
        var tokens = MetricBounds.Tokens(contextTokensMax);
        (FirstToken, TokenGap) = (new Histogram(MetricBounds.FirstToken), new Histogram(MetricBounds.TokenGap));
        (PerToken, Whole) = (new Histogram(MetricBounds.TokenGap), new Histogram(MetricBounds.Phase));
        (Queued, Inference) = (new Histogram(MetricBounds.Phase), new Histogram(MetricBounds.Phase));
        (Prefill, Decode) = (new Histogram(MetricBounds.Phase), new Histogram(MetricBounds.Phase));
        (PromptTokens, GeneratedTokens, TokensMax) = (new Histogram(tokens), new Histogram(tokens), new Histogram(tokens));
        (LongestAnswer, ComputedTokens) = (new Histogram(tokens), new Histogram(tokens));
        ChoiceCount = new Histogram(MetricBounds.ChoiceCount);
        _histograms =
        [
            ("vllm:time_to_first_token_seconds", "From a request's arrival to its first token.", FirstToken),
            ("vllm:inter_token_latency_seconds", "From one token of a choice to the next.", TokenGap),
            ("vllm:time_per_output_token_seconds", "The same, under its older name.", TokenGap),
            ("vllm:request_time_per_output_token_seconds", "Decode time of a choice by its tokens after the first.", PerToken),
            ("vllm:e2e_request_latency_seconds", "From a request's arrival to the end of a choice.", Whole),
            ("vllm:request_queue_time_seconds", "From submission to the first step that computes the choice.", Queued),
            ("vllm:request_inference_time_seconds", "From that step to the last token.", Inference),
            ("vllm:request_prefill_time_seconds", "From that step to the first token.", Prefill),
            ("vllm:request_decode_time_seconds", "From the first token to the last.", Decode),
            ("vllm:request_prompt_tokens", "Prompt tokens of ended choices.", PromptTokens),
            ("vllm:request_generation_tokens", "Generated tokens of ended choices.", GeneratedTokens),
            ("vllm:request_max_num_generation_tokens", "The longest answer of a request's choices, in tokens.", LongestAnswer),
            ("vllm:request_params_n", "Choices asked for.", ChoiceCount),
            ("vllm:request_params_max_tokens", "Most tokens asked for.", TokensMax),
            ("vllm:request_prefill_kv_computed_tokens", "Prompt tokens computed, not found in the prefix cache.", ComputedTokens),
        ];
    }

    /// <summary>Arrival to first token. Unit: seconds.</summary>
    public Histogram FirstToken { get; }

    /// <summary>Token to token. Unit: seconds.</summary>
    public Histogram TokenGap { get; }

    /// <summary>Decode time by tokens after the first. Unit: seconds.</summary>
    public Histogram PerToken { get; }

    /// <summary>Arrival to end. Unit: seconds.</summary>
    public Histogram Whole { get; }

    /// <summary>Submission to the first step. Unit: seconds.</summary>
    public Histogram Queued { get; }

    /// <summary>First step to last token. Unit: seconds.</summary>
    public Histogram Inference { get; }

    /// <summary>First step to first token. Unit: seconds.</summary>
    public Histogram Prefill { get; }

    /// <summary>First token to last. Unit: seconds.</summary>
    public Histogram Decode { get; }

    /// <summary>Prompt tokens of a choice.</summary>
    public Histogram PromptTokens { get; }

    /// <summary>Generated tokens of a choice.</summary>
    public Histogram GeneratedTokens { get; }

    /// <summary>max_tokens of a choice.</summary>
    public Histogram TokensMax { get; }

    /// <summary>Tokens of a request's longest choice.</summary>
    public Histogram LongestAnswer { get; }

    /// <summary>Prompt tokens computed.</summary>
    public Histogram ComputedTokens { get; }

    /// <summary>n of a request.</summary>
    public Histogram ChoiceCount { get; }

    /// <summary>A choice has ended.</summary>
    public void Ended(FinishReason reason) => Interlocked.Increment(ref _endedByReason[reason switch
    {
        FinishReason.Stop => 0,
        FinishReason.Length => 1,
        _ => 2,
    }]);

    /// <summary>A choice was taken and could not be finished.</summary>
    public void Failed() => Interlocked.Increment(ref _endedByReason[3]);

    /// <summary>A request was refused: counted where too many were there.</summary>
    /// <param name="error">What its client is told.</param>
    public void Refused(ApiError error)
    {
        if (error.Status == StatusCodes.Status429TooManyRequests)
            Interlocked.Increment(ref _rejectedCount);
    }

    /// <summary>Writes every family.</summary>
    public void Write(MetricsText text, string modelName)
    {
        (string, string) model = ("model_name", modelName);
        (string, string) engine = ("engine", "0");
        text.Counter("vllm:request_success_total", "Choices that ended, by the way they did.");
        for (var i = 0; i < Reasons.Length; i++)
            text.Sample(Interlocked.Read(ref _endedByReason[i]), model, engine, ("finished_reason", Reasons[i]));
        text.Counter("vllm:admission_rejections_total", "Requests turned away because too many waited.")
            .Sample(Interlocked.Read(ref _rejectedCount), model, engine);
        foreach (var (name, help, values) in _histograms)
            text.Histogram(name, help).Sample(values.Values, model, engine);
    }
}
