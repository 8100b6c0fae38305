using System.Collections.Immutable;
using Gaudi.Hpu.Layers;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>A tiny checkpoint and what an independent implementation makes of it in float64.</summary>
/// <param name="Checkpoint">Deleted with this.</param>
/// <param name="Folder">Where it lies.</param>
/// <param name="Tokens">The first 20 are the prompt, the others count as generated.</param>
/// <param name="Exact">[positions][vocabulary] log probabilities.</param>
internal sealed record GoldenFixture(IDisposable Checkpoint, string Folder, int[] Tokens, double[][] Exact) : IDisposable
{
    /// <summary>Of the prompt; none in a family that reads text alone.</summary>
    public ImmutableArray<PromptImage> Images { get; init; } = [];

    /// <inheritdoc />
    public void Dispose() => Checkpoint.Dispose();
}
