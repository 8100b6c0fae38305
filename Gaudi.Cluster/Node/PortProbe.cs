using System.Net.Sockets;

namespace Gaudi.Cluster.Node;

/// <summary>What a port says of the process behind it, whoever that is. A process that only pauses still listens.</summary>
internal enum PortState
{
    /// <summary>It accepts connections.</summary>
    Listening,

    /// <summary>The machine answers and nobody listens: the process is gone.</summary>
    Refused,

    /// <summary>Nothing came back: the machine, or the way to it, may be gone.</summary>
    Silent,
}

/// <summary>Looks whether a member's port is listened on. Any thread.</summary>
internal static class PortProbe
{
    /// <summary>Connects, says nothing, and closes.</summary>
    /// <param name="member">Where.</param>
    /// <param name="limit">After this it counts as silent.</param>
    /// <param name="cancellation">Ends the wait.</param>
    internal static async Task<PortState> LookAsync(HostPort member, TimeSpan limit, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(limit);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(member.Host, member.Port, timeout.Token).ConfigureAwait(false);
            return PortState.Listening;
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return PortState.Refused;
        }
        catch (SocketException)
        {
            return PortState.Silent;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return PortState.Silent;
        }
    }

    /// <summary>Those of the members that listen now.</summary>
    internal static async Task<IReadOnlyCollection<HostPort>> ListeningAsync(
        IEnumerable<HostPort> members, TimeSpan limit, CancellationToken cancellation)
    {
        var states = await Task.WhenAll(members.Select(async member =>
            (Member: member, State: await LookAsync(member, limit, cancellation).ConfigureAwait(false)))).ConfigureAwait(false);
        return [.. states.Where(one => one.State == PortState.Listening).Select(one => one.Member)];
    }
}
