using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Models.Vision;

/// <summary>Bytes a vision tower holds at once while it encodes the largest image that can come.</summary>
/// <remarks>
/// Every term is a value of a patch: its pixels on their way into the tower and in it, angles, the stream, and the widest part
/// of a block. Images are encoded one after another, so one image decides.
/// </remarks>
internal static class VisionPeak
{
    private const int SidesRatioMax = 200; // A narrower image is refused at the edge.
    private const int Wide = sizeof(float);

    /// <summary>Tokens of the largest image: as many pixels as the processor leaves, or as a sequence has room for.</summary>
    /// <param name="vision">The tower.</param>
    /// <param name="preprocessor">Limits the pixels.</param>
    /// <param name="maxModelLen">Longest sequence, in tokens.</param>
    public static int TokensMax(VisionConfig vision, PreprocessorConfig preprocessor, int maxModelLen)
    {
        long side = preprocessor.SideFactorPixels;
        // No side is below a square's, so a narrow image may have more pixels than are allowed, and sides are rounded up where an
        // image is enlarged.
        var longest = Math.Sqrt((double)SidesRatioMax * Math.Max(preprocessor.PixelsMin, preprocessor.PixelsMax));
        var narrow = side * ((long)longest + side);
        var widest = (long)Math.Sqrt((double)SidesRatioMax * preprocessor.PixelsMin);
        var enlarged = preprocessor.PixelsMin + (side * side) + (2 * side * widest);
        var pixels = Math.Max(preprocessor.PixelsMax, Math.Max(narrow, enlarged));
        return (int)Math.Clamp(pixels / (side * side), 1, Math.Max(1, maxModelLen - 1));
    }

    /// <summary>The bytes.</summary>
    /// <param name="vision">The tower.</param>
    /// <param name="preprocessor">Limits the pixels.</param>
    /// <param name="maxModelLen">Longest sequence, in tokens.</param>
    /// <param name="dtype">Of weights and activations.</param>
    public static long Bytes(VisionConfig vision, PreprocessorConfig preprocessor, int maxModelLen, ScalarType dtype) =>
        (long)TokensMax(vision, preprocessor, maxModelLen) * vision.MergeSize * vision.MergeSize * PatchBytes(vision, dtype);

    /// <summary>Bytes of one patch where the tower is widest.</summary>
    /// <param name="vision">The tower.</param>
    /// <param name="dtype">Of weights and activations.</param>
    public static long PatchBytes(VisionConfig vision, ScalarType dtype)
    {
        var stored = (int)dtype.ElementSize();
        var isWide = stored == Wide;
        var (copy, rounded) = (isWide ? 0 : Wide, isWide ? 0 : stored);
        long width = vision.EmbeddingSize, mlp = vision.MlpSize, head = vision.HeadDim;
        // The processor's, the tower's input and its copy on the way; then rounded and widened, which the allocator keeps.
        var pixels = ((3L * Wide) + copy + rounded) * vision.PatchValueCount;
        var angles = 2L * Wide * head; // cosines and sines of half a head, and what they are made from
        var embedded = (Wide + rounded) * width;
        var normed = ((6L * Wide) + rounded) * width;
        var rotated = ((5L * stored) + copy + (4L * Wide) + rounded) * width; // beside q, k, v, the norm and the turned query
        var attended = ((7L * stored) + copy + Wide + rounded) * width + (Wide * ((2 * (head + 16)) + 4));
        var fed = (4L * stored * width) + Math.Max(
            ((copy + Wide + rounded) * mlp) + (stored * mlp),
            (2L * stored * mlp) + (copy * mlp) + ((Wide + rounded + stored) * width));
        var block = (stored * width) + Math.Max(normed + (3L * stored * width), Math.Max(Math.Max(rotated, attended), fed));
        return pixels + angles + Math.Max(embedded, block);
    }
}
