using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Gaudi.Cluster.Http;

/// <summary>From the settings' host and port to an address to listen on.</summary>
internal static class ListenAddress
{
    /// <summary>An address is taken as it is; a name is looked up, the first address counts.</summary>
    /// <exception cref="HttpServerStartException">The port is out of range, or the name is unknown.</exception>
    public static async Task<IPEndPoint> FindAsync(HttpServerSettings settings, CancellationToken cancellation)
    {
        if (settings.Port is < IPEndPoint.MinPort or > IPEndPoint.MaxPort)
            throw new HttpServerStartException(
                $"expected an HTTP port from {IPEndPoint.MinPort} to {IPEndPoint.MaxPort}, got {settings.Port}; "
                + "choose another with --port");
        if (settings.Host == "localhost")
            return new IPEndPoint(IPAddress.Loopback, settings.Port);
        if (IPAddress.TryParse(settings.Host, out var address))
            return new IPEndPoint(address, settings.Port);
        try
        {
            var found = await Dns.GetHostAddressesAsync(settings.Host, cancellation);
            return new IPEndPoint(found[0], settings.Port);
        }
        catch (Exception unknown) when (unknown is SocketException or ArgumentException or IndexOutOfRangeException)
        {
            throw new HttpServerStartException(
                $"expected an address of this machine to listen on, got `{settings.Host}`, which no name server knows; "
                + "choose another with --host", unknown);
        }
    }

    /// <summary>Why listening failed, in one sentence.</summary>
    public static HttpServerStartException Refused(HttpServerSettings settings, Exception failure)
    {
        var place = $"port {settings.Port} of {settings.Host}";
        var error = failure switch
        {
            { InnerException: AddressInUseException } => SocketError.AddressAlreadyInUse,
            SocketException socket => socket.SocketErrorCode,
            { InnerException: SocketException socket } => socket.SocketErrorCode,
            _ => SocketError.SocketError,
        };
        var sentence = error switch
        {
            SocketError.AddressAlreadyInUse =>
                $"expected {place} to be free for HTTP, but another program listens there; "
                + "stop it or choose another with --port",
            SocketError.AccessDenied =>
                $"expected to be allowed to listen on {place}, but the system refuses; "
                + "choose one from 1024 on with --port",
            SocketError.AddressNotAvailable =>
                $"expected `{settings.Host}` to be an address of this machine, but it is not; "
                + "choose another with --host",
            _ => $"expected to listen on {place}, but the system refuses ({failure.Message}); "
                + "choose another with --host and --port",
        };
        return new HttpServerStartException(sentence, failure);
    }
}
