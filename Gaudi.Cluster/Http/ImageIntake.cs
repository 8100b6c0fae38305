using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Gaudi.Actors.Images;
using Gaudi.Hpu.Models.Vision;

namespace Gaudi.Cluster.Http;

/// <summary>Takes PNG and JPEG images from data URIs and fits them to the model's patches.</summary>
/// <param name="placeholderTokenId">Stands for an image in the text of the chat template.</param>
/// <param name="config">From the model folder.</param>
/// <param name="limits">What an image may cost before it is decoded.</param>
internal sealed class ImageIntake(int placeholderTokenId, PreprocessorConfig config, ImageLimits limits) : IImageIntake
{
    private readonly ImagePreprocessor _preprocessor = new(config, limits);

    /// <inheritdoc/>
    public int PlaceholderTokenId => placeholderTokenId;

    /// <inheritdoc/>
    public TakenImage Take(string url)
    {
        if (_preprocessor.OfUrl(url, out var image, out _) is { } refusal)
            throw new ImageRefusedException(Sentence(refusal.Message));
        var side = config.SideFactorPixels;
        var (rowCount, columnCount) = (image!.Height / side, image.Width / side);
        var hash = $"{rowCount}x{columnCount} {Convert.ToHexString(SHA256.HashData(image.Pixels))}";
        return new TakenImage(rowCount, columnCount, ImmutableCollectionsMarshal.AsImmutableArray(image.Pixels), hash);
    }

    private static string Sentence(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}.";
}
