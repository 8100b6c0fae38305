using Gaudi.Hpu.Collectives;

namespace Gaudi.Cluster.Collectives;

/// <summary>A process's part in one epoch of a group, from the first dial to the end. Any thread.</summary>
internal sealed class GroupClaim(GroupAddress group)
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ended = new();
    private ICollective? _collective;
    private string? _endReason;

    /// <summary>Who takes part.</summary>
    public GroupAddress Group { get; } = group;

    /// <summary>Whether peers are still wanted.</summary>
    public bool IsForming { get; private set; } = true;

    /// <summary>Why it ended; null while it has not.</summary>
    public string? EndReason => Volatile.Read(ref _endReason);

    /// <summary>Cancelled at the end.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Every peer is there.</summary>
    public void Form(ICollective collective)
    {
        lock (_gate)
        {
            IsForming = false;
            _collective = collective;
        }
        if (EndReason is { } reason)
            collective.Abort(Group.Epoch, reason);
    }

    /// <summary>Frees whoever waits in this epoch. The first reason stays.</summary>
    public void End(string reason)
    {
        ICollective? collective;
        lock (_gate)
        {
            IsForming = false;
            _endReason ??= reason;
            collective = _collective;
        }
        _ended.Cancel();
        collective?.Abort(Group.Epoch, reason);
    }
}
