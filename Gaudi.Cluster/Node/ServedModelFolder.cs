using Gaudi.Actors.Images;
using Gaudi.Actors.Text;
using Gaudi.Cluster.Http;
using Gaudi.Hpu.Models;

namespace Gaudi.Cluster.Node;

/// <summary>What HTTP needs of a model folder.</summary>
internal static class ServedModelFolder
{
    /// <summary>Reads tokenizer, chat template and sampling defaults.</summary>
    /// <param name="folder">Full path.</param>
    /// <param name="name">What clients name.</param>
    /// <param name="config">The folder's config.json.</param>
    /// <param name="maxModelLen">Longest sequence; null: the model's own.</param>
    /// <param name="limits">Of the images that a client may send, where the model sees them.</param>
    /// <param name="fetcher">Gets those that are named by address.</param>
    /// <param name="time">Dates the model.</param>
    /// <exception cref="TokenizerFormatException">The tokenizer is missing or broken.</exception>
    /// <exception cref="ChatTemplateException">The chat template is broken.</exception>
    /// <exception cref="HttpServerStartException">generation_config.json is broken.</exception>
    internal static ServedModel Read(
        string folder, string name, ModelConfig config, int? maxModelLen, ImageLimits limits, MediaFetcher fetcher, TimeProvider time) =>
        new(name, folder, Tokenizer.Load(folder), ChatTemplate.Load(folder), maxModelLen ?? config.PositionsMax,
            config.EosTokenIds, time.GetUtcNow().ToUnixTimeSeconds())
        {
            Sampling = SamplingDefaults.Read(folder),
            HiddenSize = config.HiddenSize,
            Images = config.Vision is null ? null : new ImageIntake(config.ImageTokenId!.Value, config.Preprocessor!, limits, fetcher),
        };
}
