namespace Gaudi.Actors.Requests;

/// <summary>The edge of the engine: what HTTP and in-process hosts call. Any thread.</summary>
public interface IGenerationClient
{
    /// <summary>Runs one choice. Cancelling aborts it and frees its blocks.</summary>
    /// <returns>
    /// Tokens in order, then exactly one <see cref="GenerationEvent.Finished"/> or <see cref="GenerationEvent.Refused"/>.
    /// </returns>
    IAsyncEnumerable<GenerationEvent> GenerateAsync(GenerationRequest request, CancellationToken cancellation);

    /// <summary>Nobody will fetch the blocks of an ended choice that are kept for another server. Returns at once.</summary>
    /// <param name="model">The choice's.</param>
    /// <param name="key">The key that went with its answer; an unknown one is ignored.</param>
    void Release(string model, string key);
}
