using Gaudi.Actors.Settings;
using Gaudi.Actors.Text;
using Gaudi.Cluster.Collectives;
using Gaudi.Cluster.Http;
using Gaudi.Cluster.Node;
using Gaudi.Cluster.Security;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Platforms;

namespace Gaudi.Cluster.Commands;

/// <summary>Tells the world's faults, which get a sentence, from our own, which keep their stack trace.</summary>
internal static class WorldFault
{
    /// <summary>The sentence for the user; null when the exception is a defect of this program.</summary>
    internal static string? Sentence(Exception problem) => problem switch
    {
        CommandException or NodeStartException or HttpServerStartException or CheckpointException or CardMemoryException
            or PlatformException or OpConfigurationException or TokenizerFormatException or ChatTemplateException
            or SettingsException or CollectiveListenException or CertificateException
            => problem.Message,
        _ => null,
    };
}
