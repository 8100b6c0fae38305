using System.Collections.Immutable;
using Gaudi.Actors.Requests;

namespace Gaudi.Cluster.Http;

/// <summary>One choice of an answer: what the engine is asked for, and how its tokens become text.</summary>
/// <param name="Index">In the answer: prompt index times n, plus the choice.</param>
/// <param name="Request">For the engine.</param>
/// <param name="Stop">The client's stop fields.</param>
/// <param name="SkipsSpecialTokens">Special tokens give no text.</param>
/// <param name="EosTokenIds">Ending on one of these is no stop reason of the client's.</param>
internal sealed record ChoicePlan(
    int Index, GenerationRequest Request, StopFields Stop, bool SkipsSpecialTokens, ImmutableArray<int> EosTokenIds)
{
    /// <summary>
    /// The answer is the prompt alone: the engine computes it, and the one token that it draws behind it is dropped.
    /// </summary>
    public bool IsPromptAlone { get; init; }

    /// <summary>When its request arrived, by the server's timestamps.</summary>
    public long Arrived { get; init; }
}
