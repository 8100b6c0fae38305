using Gaudi.Actors.Requests;
using Gaudi.Hpu.Execution;
using Gaudi.Tests.Simulation.Engine;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation.Load;

/// <summary>The clients of all gateways: they ask when it is time, and each answer is checked as it comes.</summary>
internal sealed class SimClients(SimWorld world)
{
    private readonly SortedDictionary<int, SimAnswer> _open = [];
    private readonly SortedDictionary<string, int> _endings = new(StringComparer.Ordinal);
    private int _nextGateway;

    /// <summary>Where they are.</summary>
    internal SimWorld World => world;

    /// <summary>Answers that have ended, in the order of their ends.</summary>
    internal List<SimAnswer> Over { get; } = [];

    /// <summary>Answers that run.</summary>
    internal IReadOnlyCollection<SimAnswer> Open => _open.Values;

    /// <summary>How many ended how.</summary>
    internal IReadOnlyDictionary<string, int> Endings => _endings;

    /// <summary>Requests that found no gateway.</summary>
    internal int UnreachedCount { get; private set; }

    /// <summary>Requests still to come.</summary>
    internal int ToComeCount { get; private set; }

    /// <summary>Tokens that came, of all answers.</summary>
    internal long TokenCount { get; private set; }

    /// <summary>Waits between two tokens of an answer.</summary>
    internal List<float> GapSeconds { get; } = [];

    /// <summary>A request is made at its time.</summary>
    internal void Plan(SimRequest request)
    {
        ToComeCount++;
        if (request.IsPoisonous)
            world.Faults.PoisonSeeds.Add(request.Seed);
        world.Engine.After(request.At - world.Engine.Now, () => Ask(request));
    }

    /// <summary>A client goes away.</summary>
    internal void Close(SimAnswer answer) => world.Engine.After(TimeSpan.Zero, () =>
    {
        if (answer.Ending is not null)
            return;
        world.Sightings.GoesAway(answer);
        world.Running.Gone(answer.Request.Seed, TimeSpan.Zero);
        world.Boxes[answer.Gateway].Gateway?.Tell(new CloseRequest(IdOf(answer.Request), 0, answer), Akka.Actor.ActorRefs.NoSender);
    });

    /// <summary>A box's gateway is gone.</summary>
    internal void GatewayGone(int box)
    {
        foreach (var answer in _open.Values.Where(one => one.Gateway == box).ToArray())
            answer.Lose();
    }

    /// <summary>Two tokens came one after the other.</summary>
    internal void NoteGap(TimeSpan gap) => GapSeconds.Add((float)gap.TotalSeconds);

    /// <summary>An answer has ended.</summary>
    internal void Ended(SimAnswer answer, string why)
    {
        _open.Remove(answer.Request.Number);
        Over.Add(answer);
        TokenCount += answer.TokenCount;
        world.Sightings.Ended(answer);
        _endings[answer.Ending!] = _endings.GetValueOrDefault(answer.Ending!) + 1;
        world.Trace.Write(
            "answer", $"\"request\":{answer.Request.Number},\"tokens\":{answer.TokenCount},\"end\":{TraceLog.Text(answer.Ending!)},"
            + $"\"why\":{TraceLog.Text(why)}");
    }

    private static string IdOf(SimRequest request) => $"r{request.Number}";

    private void Ask(SimRequest request)
    {
        ToComeCount--;
        var count = world.Topology.GatewayCount;
        for (var tried = 0; tried < count; tried++)
        {
            var box = _nextGateway++ % count;
            if (world.Boxes[box].Gateway is not { } gateway)
                continue;
            var answer = new SimAnswer(this, request, box);
            _open.Add(request.Number, answer);
            world.Trace.Write("request", $"\"request\":{request.Number},\"prompt\":{request.Prompt.Length},\"box\":{box}");
            var sampling = new SamplingParameters(1, 1, -1, 0, request.Seed, null);
            gateway.Tell(
                new OpenRequest(
                    new GenerationRequest(IdOf(request), SimWorld.Model, request.Prompt, sampling, request.TokensMax, [], 0), answer),
                Akka.Actor.ActorRefs.NoSender);
            return;
        }
        UnreachedCount++;
    }
}
