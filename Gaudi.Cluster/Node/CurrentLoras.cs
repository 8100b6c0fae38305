using Gaudi.Actors.Requests;
using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Cluster.Node;

/// <summary>Loads adapters through the node of the moment: the names that clients use outlive it. Any thread.</summary>
internal sealed class CurrentLoras : ILoraLoader
{
    private volatile ILoraLoader? _current;

    /// <summary>Whom it asks from now on.</summary>
    internal ILoraLoader Current
    {
        set => _current = value;
    }

    /// <inheritdoc />
    public Task<LoraLoadRefusal?> LoadAsync(LoraAdapter adapter, CancellationToken cancellation) =>
        _current!.LoadAsync(adapter, cancellation);

    /// <inheritdoc />
    public Task<bool> UnloadAsync(string loraId, CancellationToken cancellation) => _current!.UnloadAsync(loraId, cancellation);
}
