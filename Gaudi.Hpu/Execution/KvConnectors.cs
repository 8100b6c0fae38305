using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.KvTransfer;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Ops;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>Gives a rank's blocks to the connector that its settings name.</summary>
public static class KvConnectors
{
    /// <summary>Builds the connector and registers the blocks.</summary>
    /// <param name="ops">Where connectors are registered, by name.</param>
    /// <param name="model">What was loaded; has a connector.</param>
    /// <param name="runner">Whose blocks; outlives the connector.</param>
    /// <param name="lane">Gives rank and world size.</param>
    /// <param name="transfers">The process's transport.</param>
    /// <param name="digest">Of the model.</param>
    /// <param name="wake">Called, on any thread, when there may be news.</param>
    /// <exception cref="OpConfigurationException">No connector has this name.</exception>
    /// <exception cref="CheckpointException">The model keeps what no block holds.</exception>
    /// <exception cref="TransferLaneException">The rank's endpoint cannot be listened at.</exception>
    public static KvConnector Open(
        OpTable ops, ModelRunnerSettings model, IModelRunner runner, ICollective lane, ITransferLaneFactory transfers, string digest,
        Action wake)
    {
        var settings = model.KvConnector ?? throw new InvariantBrokenException("a connector was opened that nobody asked for");
        var caches = runner.Caches ?? throw new CheckpointException(
            $"expected a model that keeps keys and values in blocks, came {runner.Facts.Architecture}, which keeps states; serve it "
            + "without --kv-transfer-config");
        var connector = ops.CreateNamed<KvConnector>(
            settings.Connector, new KvConnectorSpec("kv_connector", ScalarType.Float32, CPU, settings, lane.Rank));
        try
        {
            connector.RegisterCaches(
                caches,
                new KvModelFacts(digest, runner.Facts.Dtype, runner.Facts.BlockSizeTokens, caches.Layout, model.IsExpertParallel),
                lane.WorldSize, transfers, wake);
            return connector;
        }
        catch
        {
            connector.Dispose();
            throw;
        }
    }
}
