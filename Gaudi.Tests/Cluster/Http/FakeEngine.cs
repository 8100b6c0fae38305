using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>
/// Answers every request with the tokens of one script, and keeps the contract of <see cref="IGenerationClient"/>: stop
/// tokens, token limit, positions, one ending, cancellation. Logprobs are -(tokens so far)/4, alternatives follow at a
/// distance of 1. A prompt that is scored is scored in two parts: each of its tokens is the second likeliest.
/// </summary>
internal sealed class FakeEngine : IGenerationClient
{
    private readonly Lock _counting = new();
    private int _openCount;
    private TaskCompletionSource? _idle;
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The tokens of an answer; the end token comes after them. Default: "hello".</summary>
    public Func<GenerationRequest, int[]> Script { get; set; } = _ => TinyText.Ids("hello");

    /// <summary>Replaces the event of that number (0 is the first) by another, when it gives one.</summary>
    public Func<GenerationRequest, int, GenerationEvent?> Instead { get; set; } = (_, _) => null;

    /// <summary>Waited for before each event.</summary>
    public Func<GenerationRequest, int, CancellationToken, Task> Before { get; set; } = (_, _, _) => Task.CompletedTask;

    /// <summary>Prompt tokens that the prefix cache had.</summary>
    public Func<GenerationRequest, int> CachedTokenCount { get; set; } = _ => 0;

    public ConcurrentQueue<GenerationRequest> Requests { get; } = new();

    /// <summary>Model and key of each release, in order.</summary>
    public ConcurrentQueue<(string Model, string Key)> Released { get; } = new();

    /// <summary>Ends when a request was cancelled before its ending; fails after 20 s.</summary>
    public Task Cancelled => _cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>Choices that have not ended.</summary>
    public int OpenCount => Volatile.Read(ref _openCount);

    /// <summary>Ends when no choice is open; fails after 20 s.</summary>
    public Task Idle
    {
        get
        {
            lock (_counting)
                return _idle?.Task.WaitAsync(TimeSpan.FromSeconds(20)) ?? Task.CompletedTask;
        }
    }

    public GenerationRequest Single => Assert.Single(Requests);

    /// <summary>Waits at one event until the request is cancelled.</summary>
    public void HangAt(int eventIndex) => Before = (_, index, cancellation) =>
        index == eventIndex ? Task.Delay(Timeout.Infinite, cancellation) : Task.CompletedTask;

    public void Release(string model, string key) => Released.Enqueue((model, key));

    public async IAsyncEnumerable<GenerationEvent> GenerateAsync(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Requests.Enqueue(request);
        Count(1);
        var hasEnded = false;
        try
        {
            using var watch = cancellation.Register(() => _cancelled.TrySetResult());
            await Task.Yield();
            var index = 0;
            foreach (var next in Events(request))
            {
                await Before(request, index, cancellation);
                cancellation.ThrowIfCancellationRequested();
                var told = Instead(request, index++) ?? next;
                hasEnded = told is GenerationEvent.Refused or GenerationEvent.Finished;
                yield return told;
                if (hasEnded)
                    yield break;
            }
        }
        finally
        {
            // Who leaves may have disposed of this before the token's word came through.
            if (!hasEnded)
                _cancelled.TrySetResult();
            Count(-1);
        }
    }

    private void Count(int more)
    {
        lock (_counting)
        {
            _openCount += more;
            if (_openCount > 0)
                _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            else
                Interlocked.Exchange(ref _idle, null)?.SetResult();
        }
    }

    private IEnumerable<GenerationEvent> Events(GenerationRequest request)
    {
        if (request.PromptLogprobCount is { } alternativeCount)
        {
            foreach (var part in Enumerable.Range(1, request.PromptTokenIds.Length - 1).Chunk(Math.Max(1, request.PromptTokenIds.Length / 2)))
                yield return new GenerationEvent.PromptScored([.. part.Select(position => Score(request, position, alternativeCount))]);
        }
        foreach (var told in Told(request))
        {
            yield return told switch
            {
                GenerationEvent.Token token => token with { CachedTokenCount = CachedTokenCount(request) },
                GenerationEvent.Finished finished => finished with { CachedTokenCount = CachedTokenCount(request) },
                _ => told,
            };
        }
    }

    private IEnumerable<GenerationEvent> Told(GenerationRequest request)
    {
        var count = 0;
        if (request.Pooling is { } mode)
        {
            yield return new GenerationEvent.Finished(FinishReason.Stop, null) { Vector = Vector(request, mode) };
            yield break;
        }
        foreach (var id in Script(request).Append(TinyText.Eos))
        {
            yield return Token(request, id, count++);
            if (request.StopTokenIds.Contains(id))
            {
                yield return new GenerationEvent.Finished(FinishReason.Stop, id);
                yield break;
            }
            if (count == request.TokensMax)
                break;
        }
        yield return new GenerationEvent.Finished(FinishReason.Length, null);
    }

    /// <summary>The vector of a prompt: its tokens' sum and number, or its last token and 1.</summary>
    public static ImmutableArray<float> Vector(GenerationRequest request, PoolingMode mode) => mode == PoolingMode.Mean
        ? [request.PromptTokenIds.Sum(), request.PromptTokenIds.Length, 0.1f]
        : [request.PromptTokenIds[^1], 1, 0.1f];

    private static PromptScore Score(GenerationRequest request, int position, int alternativeCount)
    {
        var id = request.PromptTokenIds[position];
        return new PromptScore(
            0, position, id, -position / 8f, 2,
            [.. Enumerable.Range(0, alternativeCount).Select(place => new TokenLogprob(
                (place switch { 0 => id + 1, 1 => id, _ => id + place }) % TinyText.VocabularySize, (1 - position - place) / 8f))]);
    }

    private static GenerationEvent.Token Token(GenerationRequest request, int id, int count)
    {
        var position = request.PromptTokenIds.Length + count;
        if (request.Sampling.LogprobCount is not { } alternativeCount)
            return new GenerationEvent.Token(position, id, float.NaN, []);
        var logprob = -(count + 1) / 4f;
        return new GenerationEvent.Token(
            position, id, logprob,
            [.. Enumerable.Range(0, alternativeCount).Select(
                rank => new TokenLogprob((id + rank) % TinyText.VocabularySize, logprob - rank))]);
    }
}
