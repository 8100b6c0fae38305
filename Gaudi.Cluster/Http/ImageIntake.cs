using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Gaudi.Actors.Images;
using Gaudi.Hpu.Models.Vision;

namespace Gaudi.Cluster.Http;

/// <summary>Takes PNG and JPEG images from data URIs and allowed hosts, and fits them to the model's patches.</summary>
/// <param name="placeholderTokenId">Stands for an image in the text of the chat template.</param>
/// <param name="config">From the model folder.</param>
/// <param name="limits">What an image may cost before it is decoded, and the hosts.</param>
/// <param name="fetcher">Asks them. Not disposed here.</param>
internal sealed class ImageIntake(
    int placeholderTokenId, PreprocessorConfig config, ImageLimits limits, MediaFetcher fetcher) : IImageIntake
{
    private readonly ImagePreprocessor _preprocessor = new(config, limits);

    /// <inheritdoc/>
    public int PlaceholderTokenId => placeholderTokenId;

    /// <inheritdoc/>
    public async Task<TakenImage> TakeAsync(string url, CancellationToken cancellation)
    {
        Check(_preprocessor.OfUrl(url, out var image, out var remote));
        if (remote is not null)
        {
            var file = await fetcher.FetchAsync(remote, cancellation).ConfigureAwait(false);
            Check(_preprocessor.OfFile(file, fetcher.Settings.FileBytesMax, out image));
        }
        var side = config.SideFactorPixels;
        var (rowCount, columnCount) = (image!.Height / side, image.Width / side);
        var hash = $"{rowCount}x{columnCount} {Convert.ToHexString(SHA256.HashData(image.Pixels))}";
        return new TakenImage(rowCount, columnCount, ImmutableCollectionsMarshal.AsImmutableArray(image.Pixels), hash);
    }

    private static void Check(ImageRefusal? refusal)
    {
        if (refusal is not null)
            throw new ImageRefusedException(Sentence(refusal.Message));
    }

    private static string Sentence(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}.";
}
