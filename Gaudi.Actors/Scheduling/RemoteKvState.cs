namespace Gaudi.Actors.Scheduling;

/// <summary>Where a sequence stands with its KV connector (rules S10, S11).</summary>
public enum RemoteKvState
{
    /// <summary>The connector has not been asked, or did not know yet.</summary>
    Unasked,

    /// <summary>Its blocks are being brought: it holds them, waits, and is given no tokens. Upstream's WAITING_FOR_REMOTE_KVS.</summary>
    Loading,

    /// <summary>Its blocks are there, and it waits for its turn.</summary>
    Loaded,

    /// <summary>Nothing is brought for it, any more or at all.</summary>
    Settled,
}
