using System.Globalization;
using System.Text;
using Gaudi.Hpu.Cards;

namespace Gaudi.Cluster.Node;

/// <summary>The command line as HOCON, to be laid over the settings files: flags win.</summary>
internal static class ServeSettings
{
    /// <summary>`KEY=VALUE` texts as HOCON; values are taken as HOCON writes them.</summary>
    internal static string Of(NodeOptions options) => string.Concat(options.Settings.Select(setting => setting + "\n"));

    /// <summary>What the cards' workers must know of the plan.</summary>
    internal static string Of(CardPlan plan)
    {
        if (plan.Simulated is not { } simulated)
            return "";
        var text = new StringBuilder();
        Set(text, "gaudi.cards.simulate.generation", simulated.Generation.ToString().ToLowerInvariant());
        Set(text, "gaudi.cards.simulate.count", simulated.Count);
        Set(text, "gaudi.cards.simulate.memory-bytes", simulated.MemoryBytes);
        return text.ToString();
    }

    private static void Set(StringBuilder text, string key, object? value) =>
        text.Append(CultureInfo.InvariantCulture, $"{key} = {value}\n");
}
