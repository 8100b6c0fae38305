using System.Collections.Concurrent;
using System.Globalization;

namespace Gaudi.Hpu.Collectives;

/// <summary>Lanes between ranks that are threads of this process: memory is copied. For tests and simulations. Any thread.</summary>
public sealed class InProcessTransferLanes : ITransferLaneFactory
{
    private readonly ConcurrentDictionary<string, InProcessTransferLane> _lanes = new(StringComparer.Ordinal);

    /// <summary>Awaited before each part is copied: a test holds a read here, in the middle. By the key and the part's index.</summary>
    public Func<string, int, Task> BeforePart { get; init; } = (_, _) => Task.CompletedTask;

    /// <inheritdoc />
    public ITransferLane Open(TransferLaneSettings settings, TransferMemory memory, Action wake)
    {
        var endpoint = settings.Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{settings.Host}:{port}") : "";
        var lane = new InProcessTransferLane(this, endpoint, memory, wake);
        if (endpoint.Length > 0 && !_lanes.TryAdd(endpoint, lane))
            throw new TransferLaneException($"expected a free endpoint, but another rank listens at {endpoint}; give another port");
        return lane;
    }

    internal InProcessTransferLane? Find(string endpoint) => _lanes.GetValueOrDefault(endpoint);

    internal void Close(string endpoint) => _lanes.TryRemove(endpoint, out _);
}
