using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Actors.Requests;

/// <summary>Asks the replica, wherever it lives now. Any thread.</summary>
/// <param name="replicas">Takes replica messages.</param>
/// <param name="replicaId">The replica of this server.</param>
/// <param name="limit">How long an answer may take: every rank reads the adapter from its disk.</param>
public sealed class LoraLoader(ICanTell replicas, string replicaId, TimeSpan limit) : ILoraLoader
{
    /// <inheritdoc />
    public async Task<LoraLoadRefusal?> LoadAsync(LoraAdapter adapter, CancellationToken cancellation)
    {
        try
        {
            var loaded = await replicas.Ask<AdapterLoaded>(
                answer => new LoadAdapter(replicaId, adapter, answer), limit, cancellation).ConfigureAwait(false);
            return loaded.Refusal is { } refusal ? new LoraLoadRefusal(refusal, loaded.IsUnavailable) : null;
        }
        catch (AskTimeoutException)
        {
            return new LoraLoadRefusal($"the replica has not answered for {limit.TotalSeconds:0} s", IsUnavailable: true);
        }
    }

    /// <inheritdoc />
    public async Task<bool> UnloadAsync(string loraId, CancellationToken cancellation)
    {
        try
        {
            await replicas.Ask<AdapterUnloaded>(
                answer => new UnloadAdapter(replicaId, loraId, answer), limit, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (AskTimeoutException)
        {
            return false;
        }
    }
}
