using Akka.Serialization;
using Gaudi.Actors.Protocols;
using Gaudi.Cluster.Wire;
using Gaudi.Tests.Simulation.Engine;

namespace Gaudi.Tests.Simulation.World;

/// <summary>
/// The network between processes: every message of the product is written and read by its own serializer, takes its time, and waits
/// where a link is cut: it is lost only with a process. In large worlds a sixteenth of all links is serialised, chosen by the seed.
/// </summary>
internal sealed class Network : ILinks
{
    private const int SerialisedCardsMax = 64;
    private const int UsualBytes = 512;
    private static readonly TimeSpan FirstResend = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestResend = TimeSpan.FromSeconds(5);

    private readonly Topology _topology;
    private readonly GaudiWireSerializer _serializer;
    private readonly Random _losses;
    private readonly ulong _seed;
    private (object? Sent, object Read, int Bytes) _last = (null, "", 0);
    private readonly HashSet<(int Low, int High)> _cuts = []; // Asked, never listed.
    private readonly SortedDictionary<(int Low, int High), double> _lossRates = [];

    /// <summary>A whole network.</summary>
    internal Network(SimSystem system, Topology topology, int seed)
    {
        (_topology, _seed) = (topology, TokenChain.Mix((ulong)seed + 1));
        _serializer = new GaudiWireSerializer(system.Actors);
        _losses = new Random(seed ^ 0x1055);
    }

    /// <summary>Messages that were written and read.</summary>
    internal long SerialisedCount { get; private set; }

    /// <summary>Messages that left a process.</summary>
    internal long CarriedCount { get; private set; }

    /// <summary>Messages that waited for a link.</summary>
    internal long HeldCount { get; private set; }

    /// <summary>Messages that may not leave a process and did, by type.</summary>
    internal SortedSet<string> Strays { get; } = new(StringComparer.Ordinal);

    /// <summary>Told which two boxes can or cannot reach each other now.</summary>
    internal Action Changed { get; set; } = () => { };

    /// <summary>Whether some two boxes do not reach each other.</summary>
    internal bool IsAnyCut => _cuts.Count > 0;

    /// <summary>Whether some two boxes do not reach each other as fast as usual.</summary>
    internal bool IsTroubled => _cuts.Count > 0 || _lossRates.Count > 0;

    /// <summary>Whether no message passes between two boxes.</summary>
    internal bool IsCut(int one, int other) => one != other && _cuts.Count > 0 && _cuts.Contains(Pair(one, other));

    /// <summary>Nothing passes between these from now on.</summary>
    internal void Cut(IEnumerable<(int One, int Other)> pairs) => Change(pairs, pair => _cuts.Add(pair));

    /// <summary>Messages pass again.</summary>
    internal void Mend(IEnumerable<(int One, int Other)> pairs) => Change(pairs, pair => _cuts.Remove(pair));

    /// <summary>A part of the packets between two boxes is lost and sent again; 0 for none.</summary>
    internal void Lose(int one, int other, double rate)
    {
        if (rate > 0)
            _lossRates[Pair(one, other)] = rate;
        else
            _lossRates.Remove(Pair(one, other));
    }

    /// <summary>What a short message takes between two boxes.</summary>
    internal TimeSpan LatencyOf(int from, int to) => from == to ? _topology.Loopback.Latency : _topology.Host.Latency;

    public (object Message, TimeSpan Delay)? Carry(SimProcess from, SimProcess to, object message, bool isSystem)
    {
        CarriedCount++;
        if (IsCut(from.Box, to.Box))
        {
            HeldCount++;
            return null;
        }
        var bytes = UsualBytes;
        if (!isSystem && message is not IWireMessage)
            Strays.Add(message.GetType().Name);
        else if (!isSystem && IsSerialised(from, to))
        {
            // Many are told the same in one breath: the same bytes are read as the same message.
            if (!ReferenceEquals(message, _last.Sent))
            {
                var written = _serializer.ToBinary(message);
                _last = (message, _serializer.FromBinary(written, _serializer.Manifest(message)), written.Length);
            }
            SerialisedCount++;
            (message, bytes) = (_last.Read, _last.Bytes);
        }
        return (message, (from.Box == to.Box ? _topology.Loopback : _topology.Host).Of(bytes) + Resent(from.Box, to.Box));
    }

    private void Change(IEnumerable<(int One, int Other)> pairs, Func<(int, int), bool> change)
    {
        var isNews = false;
        foreach (var (one, other) in pairs)
            isNews |= one != other && change(Pair(one, other));
        if (isNews)
            Changed();
    }

    private bool IsSerialised(SimProcess from, SimProcess to) => _topology.CardCount <= SerialisedCardsMax
        || TokenChain.Mix(_seed ^ ((ulong)from.Number << 32 | (uint)to.Number)) % 16 == 0;

    // TCP sends again what is lost: after 200 ms, and after twice as long each further time.
    private TimeSpan Resent(int one, int other)
    {
        if (_lossRates.Count == 0 || one == other || !_lossRates.TryGetValue(Pair(one, other), out var rate))
            return TimeSpan.Zero;
        var delay = TimeSpan.Zero;
        for (var again = FirstResend; _losses.NextDouble() < rate && delay < LongestResend; again *= 2)
            delay += again;
        return delay;
    }

    private static (int, int) Pair(int one, int other) => (Math.Min(one, other), Math.Max(one, other));
}
