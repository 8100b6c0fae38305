using System.Buffers.Text;
using Gaudi.Actors.Settings;

namespace Gaudi.Actors.Images;

/// <summary>Where the bytes of a request's image are: in the request as a data URI (RFC 2397), or on the network.</summary>
/// <param name="Bytes">The file's bytes; empty when it is on the network.</param>
/// <param name="Remote">Where to fetch it; null when the bytes are here.</param>
public sealed record ImageSource(ReadOnlyMemory<byte> Bytes, Uri? Remote)
{
    private const string DataScheme = "data:";
    private const int ShownCharactersMax = 40;

    /// <summary>Reads `image_url.url` of a request. Nothing is fetched here.</summary>
    /// <param name="url">`data:image/...;base64,...`, or an http or https address.</param>
    /// <param name="limits">How many bytes, and which addresses on the network are allowed.</param>
    /// <param name="source">Set unless refused.</param>
    /// <returns>Why not; null when it is one.</returns>
    public static ImageRefusal? Read(string url, ImageLimits limits, out ImageSource? source)
    {
        source = null;
        if (url.StartsWith(DataScheme, StringComparison.OrdinalIgnoreCase))
            return ReadData(url.AsSpan(DataScheme.Length), limits, out source);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || !MediaDomains.IsOfWeb(address))
        {
            return new ImageRefusal(
                ImageRefusalKind.UnknownScheme,
                $"an image is a data URI such as 'data:image/png;base64,...', came '{Shown(url)}'; send it as one");
        }
        if (!limits.Domains.Allows(address))
        {
            var allowed = limits.Domains.Names.IsEmpty
                ? "this server fetches no images"
                : $"this server fetches images from {string.Join(", ", limits.Domains.Names)} alone";
            return new ImageRefusal(
                ImageRefusalKind.FetchNotAllowed,
                $"{allowed}, came '{Shown(url)}'; send it as a data URI ('data:image/png;base64,...')");
        }
        source = new ImageSource(ReadOnlyMemory<byte>.Empty, address);
        return null;
    }

    /// <summary>Refuses a file of too many bytes.</summary>
    public static ImageRefusal? CheckLength(long bytes, ImageLimits limits) => bytes <= limits.EncodedBytesMax
        ? null
        : new ImageRefusal(
            ImageRefusalKind.TooManyBytes,
            $"an image has at most {limits.EncodedBytesMax} bytes, came {bytes}; send a smaller one");

    private static ImageRefusal? ReadData(ReadOnlySpan<char> rest, ImageLimits limits, out ImageSource? source)
    {
        source = null;
        var comma = rest.IndexOf(',');
        var type = comma < 0 ? rest : rest[..comma];
        if (comma < 0 || !type.EndsWith(";base64", StringComparison.OrdinalIgnoreCase))
        {
            return new ImageRefusal(
                ImageRefusalKind.Corrupt,
                $"a data URI of an image is 'data:image/png;base64,...', came 'data:{Shown(type)}'; encode it in base64");
        }
        if (!type.StartsWith("image/", StringComparison.OrdinalIgnoreCase))
        {
            return new ImageRefusal(
                ImageRefusalKind.UnknownFormat,
                $"a data URI of an image has a type such as image/png, came '{Shown(type)}'; send PNG or JPEG");
        }
        var text = rest[(comma + 1)..];
        if (CheckLength(Length(text), limits) is { } tooLong)
            return tooLong;
        var bytes = new byte[Length(text)];
        if (!Base64.IsValid(text) || !Convert.TryFromBase64Chars(text, bytes, out var count))
        {
            return new ImageRefusal(
                ImageRefusalKind.Corrupt, "a data URI of an image is in base64, came text that is not; encode it again");
        }
        source = new ImageSource(bytes.AsMemory(0, count), null);
        return null;
    }

    // At most as many bytes; padding is not counted.
    private static int Length(ReadOnlySpan<char> text) => (int)(text.TrimEnd('=').Length * 3L / 4);

    private static string Shown(ReadOnlySpan<char> text) =>
        text.Length <= ShownCharactersMax ? text.ToString() : $"{text[..ShownCharactersMax]}...";
}
