using System.Collections.Immutable;

namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.http.media-*`: whether and how images are fetched that a request names by address.</summary>
/// <param name="Domains">Hosts that are asked; none: nothing is fetched.</param>
/// <param name="FollowsRedirects">Whether a redirect to one of them is followed.</param>
/// <param name="FileBytesMax">Largest file. Unit: bytes.</param>
/// <param name="Timeout">For one image, redirects and all.</param>
public sealed record MediaSettings(MediaDomains Domains, bool FollowsRedirects, int FileBytesMax, TimeSpan Timeout)
{
    /// <summary>Reads the keys.</summary>
    /// <param name="reader">Told what is wrong.</param>
    /// <param name="redirects">Upstream's variable of the environment; null where it is not set.</param>
    internal static MediaSettings Read(SettingsReader reader, string? redirects) => new(
        ReadDomains(reader), ReadRedirects(reader, redirects), reader.Count("gaudi.http.media-file-bytes-max", 1),
        reader.Milliseconds("gaudi.http.media-timeout-ms"));

    private static MediaDomains ReadDomains(SettingsReader reader)
    {
        const string Key = "gaudi.http.media-domains";
        var names = reader.List(Key);
        foreach (var name in names.Where(name => Uri.CheckHostName(name) == UriHostNameType.Unknown))
            reader.Complain(Key, name, "a list of host names without scheme and port, such as [images.example.org]");
        return new MediaDomains([.. names]);
    }

    private static bool ReadRedirects(SettingsReader reader, string? variable)
    {
        var asked = reader.OneOf("gaudi.http.media-redirects", "auto", "on", "off");
        if (asked != "auto" || variable is not { Length: > 0 })
            return asked != "off";
        if (variable is not ("0" or "1"))
            reader.Complain(ProcessEnvironment.MediaRedirectsName, variable, "0 or 1");
        return variable != "0";
    }
}
