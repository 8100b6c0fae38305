using Akka.Configuration;
using Gaudi.Actors.Settings;
using Gaudi.Cluster.Membership;
using Gaudi.Hpu.Cards;

namespace Gaudi.Cluster.Node;

/// <summary>Everything a node is started with, the choice of cards included.</summary>
/// <param name="Chain">For the actor system: what the user said over the defaults.</param>
/// <param name="Gaudi">The same, read.</param>
/// <param name="Plan">The cards.</param>
/// <param name="ForWorkers">HOCON that gives a worker the same settings, over the same defaults.</param>
internal sealed record NodeSettings(Config Chain, GaudiSettings Gaudi, CardPlan Plan, string ForWorkers)
{
    private const string Dispatcher = "gaudi.workers.dispatcher";

    /// <summary>Reads the files, lays the command line over them, and chooses the cards.</summary>
    /// <param name="programFolder">The folder of the executable.</param>
    /// <param name="options">The user's file and settings.</param>
    /// <param name="flags">Further HOCON from the command line, over both.</param>
    /// <param name="neededCards">Cards the model needs of this node, of the settings; 0 where it only lends what it has.</param>
    /// <param name="probe">Looks for real cards.</param>
    /// <exception cref="NodeStartException">A file cannot be read, or there are too few cards.</exception>
    /// <exception cref="SettingsException">Unknown keys or values out of range: all of them at once.</exception>
    internal static NodeSettings Load(
        string programFolder, NodeOptions options, string flags, Func<GaudiSettings, int> neededCards, ICardProbe probe)
    {
        var defaults = HoconFiles.Defaults(programFolder);
        var said = HoconFiles.Said(options, flags);
        var user = HoconFiles.Parse(said, "the command line");
        var asked = user.WithFallback(defaults);
        IEnumerable<string?> problems = [.. AkkaKeys.Problems(user, defaults), AkkaKeys.DispatcherProblem(asked, Dispatcher)];
        var settings = GaudiSettings.Load(asked, problems.OfType<string>());
        var wish = new CardWish(
            settings.Simulate, user.HasPath("gaudi.cards.simulate.generation"), user.HasPath("gaudi.cards.simulate.count"),
            options.CardCount, neededCards(settings))
        {
            SpareCount = settings.Workers.Spares,
        };
        var plan = CardPlan.Choose(wish, probe.Probe(), () => CardMemory.AvailableBytes());
        var forWorkers = said + plan.ToHocon();
        var chain = HoconFiles.Parse(forWorkers, "the command line").WithFallback(defaults);
        return new NodeSettings(chain, GaudiSettings.Load(chain), plan, forWorkers);
    }
}
