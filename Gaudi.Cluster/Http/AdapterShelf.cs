using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Cluster.Http;

/// <summary>
/// The adapters of a server by name: the truth about them, which survives whatever happens behind the edge. Loads and unloads go
/// one after another. Any thread.
/// </summary>
/// <param name="loader">Loads on the ranks.</param>
/// <param name="modelName">The base model's name, which no adapter may have.</param>
/// <param name="folderOf">From a path as it was named to a folder; throws where there is none.</param>
/// <param name="rankMax">Highest rank that is served.</param>
/// <param name="time">Dates them.</param>
public sealed class AdapterShelf(
    ILoraLoader loader, string modelName, Func<string, string> folderOf, int rankMax, TimeProvider time)
{
    // A name is in the id, which travels with every step.
    private const int NameCharsMax = 256;

    private readonly SemaphoreSlim _one = new(1, 1);
    private ImmutableSortedDictionary<string, ServedAdapter> _adapters =
        ImmutableSortedDictionary.Create<string, ServedAdapter>(StringComparer.Ordinal);
    private long _loadCount;

    /// <summary>All of them, by name.</summary>
    public IEnumerable<ServedAdapter> All => Volatile.Read(ref _adapters).Values;

    /// <summary>One of them; null where none has the name.</summary>
    public ServedAdapter? Find(string name) => Volatile.Read(ref _adapters).GetValueOrDefault(name);

    /// <summary>Loads an adapter on every rank, and takes requests for it from then on.</summary>
    /// <param name="name">What clients will name.</param>
    /// <param name="path">A folder.</param>
    /// <param name="replaces">Whether one of the same name is put out by it, once the new one is loaded.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ApiException">
    /// The name is taken, there is no such folder, the adapter cannot be used, or nothing serves now.
    /// </exception>
    internal async Task LoadAsync(string name, string path, bool replaces, CancellationToken cancellation)
    {
        if (name.Length > NameCharsMax)
            throw ApiException.Invalid($"Expected a name of at most {NameCharsMax} characters, got {name.Length}.", "lora_name");
        await _one.WaitAsync(cancellation);
        try
        {
            var old = Find(name);
            if (name == modelName || (old is not null && !replaces))
                throw ApiException.Invalid(
                    $"Expected a name that is free, got `{name}`, which is loaded already; unload it first, or send "
                    + "`load_inplace`: true.", "lora_name");
            var adapter = Look(name, path);
            if (await LoadAsync(adapter, cancellation) is { } refusal)
                throw refusal.IsUnavailable
                    ? new ApiException(ApiError.Unavailable(refusal.Reason, 1))
                    : ApiException.Invalid(refusal.Reason, "lora_path");
            Volatile.Write(ref _adapters, _adapters.SetItem(
                name, new ServedAdapter(adapter, path, time.GetUtcNow().ToUnixTimeSeconds())));
            if (old is not null)
                await loader.UnloadAsync(old.Adapter.Id, CancellationToken.None);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Takes no further request for an adapter; those that were let in run to their end.</summary>
    /// <exception cref="ApiException">None has the name.</exception>
    internal async Task UnloadAsync(string name, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            if (Find(name) is not { } adapter)
                throw new ApiException(new ApiError(404, "NotFoundError", $"The LoRA adapter `{name}` does not exist.", "lora_name"));
            Volatile.Write(ref _adapters, _adapters.Remove(name));
            await loader.UnloadAsync(adapter.Adapter.Id, CancellationToken.None);
        }
        finally
        {
            _one.Release();
        }
    }

    // A client that goes away leaves nothing on the ranks.
    private async Task<LoraLoadRefusal?> LoadAsync(LoraAdapter adapter, CancellationToken cancellation)
    {
        try
        {
            return await loader.LoadAsync(adapter, cancellation);
        }
        catch (OperationCanceledException)
        {
            await loader.UnloadAsync(adapter.Id, CancellationToken.None);
            throw;
        }
    }

    // What is wrong with the files is told before any rank is asked.
    private LoraAdapter Look(string name, string path)
    {
        string folder;
        try
        {
            folder = folderOf(path);
        }
        catch (Exception missing) when (missing is not OperationCanceledException)
        {
            throw new ApiException(new ApiError(404, "NotFoundError", missing.Message, "lora_path"));
        }
        try
        {
            var adapter = LoraAdapter.Find("", name, folder);
            PeftConfig.Read(folder, rankMax);
            // The number is that of the load: a name that is loaded again finds no block of its former life.
            return adapter with { Id = $"{name}#{Interlocked.Increment(ref _loadCount)}-{adapter.Digest[..12]}" };
        }
        catch (CheckpointException wrong)
        {
            throw ApiException.Invalid(wrong.Message, "lora_path");
        }
    }
}
