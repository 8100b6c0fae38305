using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Actors.Requests;

/// <summary>Loads adapters on the replicas of this server and takes them away. Any thread.</summary>
public interface ILoraLoader
{
    /// <summary>Loads an adapter on every rank of every replica that serves.</summary>
    /// <returns>Null when requests may name it; else why not, and whether trying again may help.</returns>
    Task<LoraLoadRefusal?> LoadAsync(LoraAdapter adapter, CancellationToken cancellation);

    /// <summary>Takes an adapter away. Choices that were accepted run to their end.</summary>
    /// <returns>False when a replica did not answer.</returns>
    Task<bool> UnloadAsync(string loraId, CancellationToken cancellation);
}
