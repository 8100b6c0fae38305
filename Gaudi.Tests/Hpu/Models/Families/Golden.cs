using System.Collections.Immutable;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>What is stored of a family.</summary>
/// <param name="Architecture">Whose.</param>
/// <param name="Sum">Of all log probabilities from the prompt's last position on.</param>
/// <param name="Entries">The likeliest tokens after so many tokens, likeliest first.</param>
internal sealed record Golden(
    string Architecture, double Sum, ImmutableArray<(int TokenCount, int TokenId, double Logprob)> Entries);
