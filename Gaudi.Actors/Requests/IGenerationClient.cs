namespace Gaudi.Actors.Requests;

/// <summary>The edge of the engine: what HTTP and in-process hosts call. Any thread.</summary>
public interface IGenerationClient
{
    /// <summary>Runs one choice. Cancelling aborts it and frees its blocks.</summary>
    /// <returns>
    /// Tokens in order, then exactly one <see cref="GenerationEvent.Finished"/> or <see cref="GenerationEvent.Refused"/>.
    /// </returns>
    IAsyncEnumerable<GenerationEvent> GenerateAsync(GenerationRequest request, CancellationToken cancellation);
}
