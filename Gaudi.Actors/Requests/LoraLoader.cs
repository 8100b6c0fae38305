using System.Collections.Immutable;
using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Actors.Requests;

/// <summary>
/// Asks every replica, wherever it lives now. One that does not serve at the moment loads an adapter with the first request that
/// names it; one that cannot use the adapter takes it from all of them. Any thread.
/// </summary>
/// <param name="replicas">Takes replica messages.</param>
/// <param name="replicaIds">The replicas of this server.</param>
/// <param name="limit">How long an answer may take: every rank reads the adapter from its disk.</param>
public sealed class LoraLoader(ICanTell replicas, ImmutableArray<string> replicaIds, TimeSpan limit) : ILoraLoader
{
    /// <inheritdoc />
    public async Task<LoraLoadRefusal?> LoadAsync(LoraAdapter adapter, CancellationToken cancellation)
    {
        var answers = await Task.WhenAll(replicaIds.Select(id => LoadAsync(id, adapter, cancellation))).ConfigureAwait(false);
        if (answers.FirstOrDefault(answer => answer is { IsUnavailable: false }) is { } refusal)
        {
            // What one cannot use none keeps.
            await Task.WhenAll(replicaIds.Where((_, index) => answers[index] is null)
                .Select(id => UnloadAsync(id, adapter.Id, cancellation))).ConfigureAwait(false);
            return refusal;
        }
        return answers.Contains(null) ? null : answers[0];
    }

    /// <inheritdoc />
    public async Task<bool> UnloadAsync(string loraId, CancellationToken cancellation)
    {
        var answers = await Task.WhenAll(replicaIds.Select(id => UnloadAsync(id, loraId, cancellation))).ConfigureAwait(false);
        return answers.All(isUnloaded => isUnloaded);
    }

    private async Task<LoraLoadRefusal?> LoadAsync(string replicaId, LoraAdapter adapter, CancellationToken cancellation)
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

    private async Task<bool> UnloadAsync(string replicaId, string loraId, CancellationToken cancellation)
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
