using Gaudi.Hpu.Models.Vision;

namespace Gaudi.Actors.Images;

/// <summary>From the address in a request to an image that whole patches fill: read, decode, resize. Any thread.</summary>
/// <param name="config">From the model folder.</param>
/// <param name="limits">From the settings.</param>
public sealed class ImagePreprocessor(PreprocessorConfig config, ImageLimits limits)
{
    /// <summary>Prepares an image whose bytes are in the request.</summary>
    /// <param name="url">`image_url.url`.</param>
    /// <param name="fitted">Set unless refused or on the network.</param>
    /// <param name="remote">Where to fetch the file to give to <see cref="OfFile"/>; null when it was in the request.</param>
    /// <returns>Why not; null when there is an image or something to fetch.</returns>
    public ImageRefusal? OfUrl(string url, out RgbImage? fitted, out Uri? remote)
    {
        fitted = null;
        remote = null;
        if (ImageSource.Read(url, limits, out var source) is { } refusal)
            return refusal;
        remote = source!.Remote;
        return remote is null ? OfFile(source.Bytes.Span, null, out fitted) : null;
    }

    /// <summary>Prepares an image from its file's bytes.</summary>
    /// <param name="file">A whole PNG or JPEG file.</param>
    /// <param name="fileBytesMax">Most bytes of it; null: of the limits.</param>
    /// <param name="fitted">Set unless refused.</param>
    /// <returns>Why not; null when there is an image.</returns>
    public ImageRefusal? OfFile(ReadOnlySpan<byte> file, int? fileBytesMax, out RgbImage? fitted)
    {
        fitted = null;
        var inForce = limits with { EncodedBytesMax = fileBytesMax ?? limits.EncodedBytesMax };
        if (ImageDecoder.Decode(file, inForce, out var image) is { } refusal)
            return refusal;
        if (new PixelSize(image!.Width, image.Height).Fit(config, out var size) is { } narrow)
            return narrow;
        fitted = BicubicResize.To(image, size);
        return null;
    }
}
