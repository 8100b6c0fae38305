using Gaudi.Hpu.Cards;
using Gaudi.Tests.Simulation.Cost;
using Gaudi.Tests.Simulation.Load;
using Gaudi.Tests.Simulation.World;

TimeSpan us(double value) => TimeSpan.FromMicroseconds(value);
var timings = new Timings(
    TimeSpan.FromSeconds(1.5), TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(40), TimeSpan.FromSeconds(2),
    TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1));
var topology = new Topology(
    "try", CardGeneration.Gaudi3, [8], 128L << 30, new LinkSpeed(us(8), 37.5e9), new LinkSpeed(us(25), 75e9), new LinkSpeed(us(100), 1.25e9),
    new LinkSpeed(us(60), 4e9), 1, 8, 1, 512, 4096, timings);
var cost = new ConstantCost(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(2), 16L << 30, 1 << 17, 128L << 30);
using var world = new SimWorld(topology, cost, 7, Console.Out);
world.Clients.Plan(new SimRequest(1, TimeSpan.FromSeconds(10), [1, 2, 3, 4], 20, 5, null));
world.Engine.RunUntil(TimeSpan.FromSeconds(30));
Console.WriteLine($"steps {world.StepCount}, runs {world.Engine.RunCount}, carried {world.Network.CarriedCount}, {world.Trace.Digest()}");
foreach (var v in world.Checks.Violations) Console.WriteLine(v);
