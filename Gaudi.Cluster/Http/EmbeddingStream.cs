using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Cluster.Http.Metrics;

namespace Gaudi.Cluster.Http;

/// <summary>
/// Runs the inputs of an embedding request on the engine, some at a time: a long list shares the engine with others, and one
/// that is refused ends the rest.
/// </summary>
/// <param name="client">The engine.</param>
/// <param name="retryAfterSeconds">For refusals that bring no time of their own.</param>
/// <param name="metrics">Counts.</param>
/// <param name="stopping">The server stops.</param>
internal sealed class EmbeddingStream(
    IGenerationClient client, int retryAfterSeconds, RequestMetrics metrics, CancellationToken stopping)
{
    private const int AtOnceMax = 16;

    /// <summary>The vectors, in the order of the inputs, normalised where that was asked for.</summary>
    /// <exception cref="ApiException">An input was refused, or the server stops.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public async Task<ImmutableArray<ImmutableArray<float>>> RunAsync(
        EmbeddingRequest request, string id, ServedModel model, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, stopping);
        var vectors = new ImmutableArray<float>[request.Inputs.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnceMax, CancellationToken = ending.Token };
        try
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, request.Inputs.Length), options, async (index, token) =>
            {
                var engineId = request.Inputs.Length == 1 ? id : $"{id}-{index}";
                var vector = await VectorAsync(request.ToRequest(index, engineId, model), token);
                vectors[index] = request.IsNormalized ? Normalized(vector) : vector;
            });
        }
        catch (ApiException refused)
        {
            metrics.Refused(refused.Error);
            throw;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw Stopping();
        }
        return [.. vectors];
    }

    private async Task<ImmutableArray<float>> VectorAsync(GenerationRequest request, CancellationToken cancellation)
    {
        await foreach (var happened in client.GenerateAsync(request, cancellation).WithCancellation(cancellation))
        {
            switch (happened)
            {
                case GenerationEvent.Refused refused:
                    throw new ApiException(ApiError.Of(refused, retryAfterSeconds));
                case GenerationEvent.Finished { Vector.IsEmpty: false } finished:
                    metrics.Ended(finished.Reason);
                    metrics.PromptTokens.Observe(request.PromptTokenIds.Length);
                    return finished.Vector;
            }
        }
        cancellation.ThrowIfCancellationRequested();
        throw stopping.IsCancellationRequested
            ? Stopping()
            : new InvalidOperationException("the engine ended an input without a vector");
    }

    private ApiException Stopping() => new(ApiError.Unavailable(
        "The server is stopping; ask another one, or this one after its restart.", retryAfterSeconds));

    // The length is summed in double: a vector of length 1 stays one.
    private static ImmutableArray<float> Normalized(ImmutableArray<float> vector)
    {
        var length = Math.Sqrt(vector.Sum(value => (double)value * value));
        return length > 0 ? [.. vector.Select(value => (float)(value / length))] : vector;
    }
}
