using System.Globalization;

namespace Gaudi.Cluster.Node;

/// <summary>Where a node is reached: `HOST:PORT`, with an IPv6 address in brackets.</summary>
/// <param name="Host">A name or an address, without brackets.</param>
/// <param name="Port">1 to 65535.</param>
internal sealed record HostPort(string Host, int Port)
{
    /// <summary>Null when the text is no HOST:PORT.</summary>
    internal static HostPort? Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return null;
        var host = text[..colon];
        if (host is ['[', .. var address, ']'])
            host = address;
        else if (host.Contains(':', StringComparison.Ordinal))
            return null;
        return host.Length > 0 && port is > 0 and <= ushort.MaxValue ? new HostPort(host, port) : null;
    }

    public override string ToString() =>
        Host.Contains(':', StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
            : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
