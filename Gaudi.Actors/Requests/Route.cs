using System.Collections.Immutable;
using Gaudi.Actors.Scheduling;

namespace Gaudi.Actors.Requests;

/// <summary>Where one open choice is, and what is still to do for it. One thread.</summary>
/// <param name="number">Counts the choices a gateway opened.</param>
/// <param name="request">What it wants.</param>
/// <param name="prefix">The full blocks of its prompt.</param>
internal sealed class Route(long number, GenerationRequest request, ImmutableArray<BlockHash> prefix)
{
    /// <summary>Counts the choices a gateway opened.</summary>
    internal long Number => number;

    /// <summary>Which choice.</summary>
    internal (string RequestId, int Choice) Key => (request.RequestId, request.Choice);

    /// <summary>Its request's choices; null when it is the only one.</summary>
    internal ChoiceGroup? Group => request.Group;

    /// <summary>The full blocks of its prompt.</summary>
    internal ImmutableArray<BlockHash> Prefix => prefix;

    /// <summary>The replica it is at, by index.</summary>
    internal int Replica { get; set; }

    /// <summary>Replicas that refused it since it moved forward last.</summary>
    internal HashSet<int> Refused { get; } = [];

    /// <summary>Replicas that were lost with it, one after another, without a token in between.</summary>
    internal int LostCount { get; set; }

    /// <summary>Tokens of it that its replica has not computed and no cache has.</summary>
    internal long ToComputeTokens { get; private set; }

    /// <summary>Generated tokens that came.</summary>
    internal int EmittedCount { get; private set; }

    /// <summary>Tokens it is counted with in its replica's load.</summary>
    internal long LoadTokens => ToComputeTokens + Math.Max(0, request.TokensMax - EmittedCount);

    /// <summary>A replica is to compute it from its beginning, but for what it has cached.</summary>
    internal void Begin(int replica, int cachedTokenCount)
    {
        Replica = replica;
        ToComputeTokens = request.PromptTokenIds.Length + EmittedCount - cachedTokenCount;
    }

    /// <summary>Tokens came: what was before them is computed.</summary>
    internal void MoveForward(int emittedCount)
    {
        (EmittedCount, ToComputeTokens) = (emittedCount, 0);
        Refused.Clear();
        LostCount = 0;
    }
}
