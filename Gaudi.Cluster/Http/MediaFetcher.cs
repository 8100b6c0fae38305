using System.Net;
using Gaudi.Actors.Settings;

namespace Gaudi.Cluster.Http;

/// <summary>
/// Gets the files of images that requests name by address, from allowed hosts alone. It follows redirects itself, so that each
/// is checked, keeps no cookies, uses no proxy, and reads no more than a file may have. Any thread.
/// </summary>
/// <param name="settings">Which hosts, how large, how long.</param>
/// <param name="time">Bounds the wait.</param>
internal sealed class MediaFetcher(MediaSettings settings, TimeProvider time) : IDisposable
{
    private const int RedirectsMax = 5;
    private const int PieceBytes = 1 << 16;
    private const int ShownCharactersMax = 100;

    private readonly HttpClient _client = new(
        new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>The settings in force.</summary>
    public MediaSettings Settings => settings;

    /// <summary>The file at an address.</summary>
    /// <param name="address">Of an allowed host.</param>
    /// <param name="cancellation">Whoever wanted it has gone.</param>
    /// <exception cref="ImageRefusedException">It was not got; the sentence says why.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public async Task<byte[]> FetchAsync(Uri address, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(settings.Timeout, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            return await FollowAsync(address, ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Refused(address, $"it did not come whole within {settings.Timeout.TotalMilliseconds:0} ms");
        }
        catch (HttpRequestException failed)
        {
            throw Refused(address, Cause(failed.HttpRequestError));
        }
        catch (HttpIOException failed)
        {
            throw Refused(address, Cause(failed.HttpRequestError));
        }
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();

    private async Task<byte[]> FollowAsync(Uri asked, CancellationToken cancellation)
    {
        var address = asked;
        for (var redirectCount = 0; redirectCount <= RedirectsMax; redirectCount++)
        {
            if (!settings.Domains.Allows(address))
                throw Refused(asked, $"it leads to '{address.IdnHost}', from where this server fetches no images");
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation)
                .ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.OK)
                return await ReadAsync(asked, response.Content, cancellation).ConfigureAwait(false);
            address = Next(asked, address, response);
        }
        throw Refused(asked, $"it is redirected more than {RedirectsMax} times");
    }

    private Uri Next(Uri asked, Uri address, HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (status is not (301 or 302 or 303 or 307 or 308))
            throw Refused(asked, $"its host answered with status {status}");
        if (!settings.FollowsRedirects)
            throw Refused(asked, "it is redirected, which this server does not follow");
        if (response.Headers.Location is not { } location || !Uri.TryCreate(address, location, out var next))
            throw Refused(asked, "it is redirected to no address");
        return address.Scheme == "https" && next.Scheme == "http"
            ? throw Refused(asked, "it is redirected from https to http")
            : next;
    }

    private async Task<byte[]> ReadAsync(Uri asked, HttpContent content, CancellationToken cancellation)
    {
        if (content.Headers.ContentLength > settings.FileBytesMax)
            throw TooLong(asked);
        var stream = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using var closing = stream.ConfigureAwait(false);
        using var file = new MemoryStream();
        var piece = new byte[PieceBytes];
        while (await stream.ReadAsync(piece, cancellation).ConfigureAwait(false) is > 0 and var count)
        {
            if (file.Length + count > settings.FileBytesMax)
                throw TooLong(asked);
            file.Write(piece, 0, count);
        }
        return file.ToArray();
    }

    private ImageRefusedException TooLong(Uri asked) =>
        Refused(asked, $"its file has more than {settings.FileBytesMax} bytes");

    private static string Cause(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => "the name of its host is not known",
        HttpRequestError.ConnectionError => "its host cannot be reached",
        HttpRequestError.SecureConnectionError => "its host cannot prove who it is",
        HttpRequestError.ResponseEnded => "its host broke off",
        _ => "its host answered with something else than HTTP",
    };

    private static ImageRefusedException Refused(Uri asked, string why)
    {
        var text = asked.ToString();
        var shown = text.Length <= ShownCharactersMax ? text : $"{text[..ShownCharactersMax]}...";
        return new ImageRefusedException(
            $"Expected an image at '{shown}', but {why}; send it as a data URI ('data:image/png;base64,...').");
    }
}
