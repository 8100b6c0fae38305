using Gaudi.Cluster.Http;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>Request ids r1, r2, ...; seeds 1001, 1002, ...</summary>
internal sealed class CountedNumbers : IRequestNumbers
{
    private int _requests;
    private int _seeds;

    public string NextRequestId() => $"r{Interlocked.Increment(ref _requests)}";

    public long NextSeed() => 1000 + Interlocked.Increment(ref _seeds);
}
