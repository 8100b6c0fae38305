using System.Diagnostics;
using System.Net;
using Gaudi.Cluster.Collectives;
using Gaudi.Hpu.Collectives;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation.Calibration;

/// <summary>Measures the product's socket collective between two threads: the constants of the alpha-beta model on this machine.</summary>
internal static class HopBench
{
    private const int Rounds = 200;
    private const int SmallFloats = 256;
    private const int LargeFloats = 512 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Medians of a short and a long all-reduce, as alpha and beta of one message.</summary>
    internal static async Task<LinkSpeed> MeasureAsync()
    {
        using var first = Listen();
        using var second = Listen();
        string[] endpoints = [first.Endpoint, second.Endpoint];
        var ranks = new[] { first, second }.Select((listener, rank) => Task.Factory.StartNew(
            () => Run(listener.Connect(new GroupAddress("hops", 1, rank, [.. endpoints], "token"), CancellationToken.None)),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        var (small, large) = (await Task.WhenAll(ranks))[0];
        var perByte = (large - small).TotalSeconds / ((LargeFloats - SmallFloats) * sizeof(float));
        return new LinkSpeed(small - TimeSpan.FromSeconds(perByte * SmallFloats * sizeof(float)), 1 / perByte);
    }

    private static SocketCollectiveListener Listen() => SocketCollectiveListener.Start(
        new SocketCollectiveSettings(
            IPAddress.Loopback, 0, Patience, RetryDelay: TimeSpan.FromMilliseconds(10), HandshakeTimeout: Patience,
            AcceptRetryDelay: TimeSpan.FromMilliseconds(10)),
        TimeProvider.System);

    private static (TimeSpan Small, TimeSpan Large) Run(ICollective collective)
    {
        using (collective)
            return (Median(collective, SmallFloats), Median(collective, LargeFloats));
    }

    private static TimeSpan Median(ICollective collective, int floats)
    {
        var values = new float[floats];
        var times = new List<TimeSpan>();
        for (var round = 0; round < Rounds; round++)
        {
            collective.Barrier();
            var clock = Stopwatch.StartNew();
            collective.AllReduceSum(values);
            times.Add(clock.Elapsed);
        }
        times.Sort();
        return times[Rounds / 2];
    }
}
