using System.Collections.Immutable;

namespace Gaudi.Actors.Text.Normalizers;

/// <summary>Normalizers one after the other.</summary>
internal sealed class NormalizerSequence(ImmutableArray<INormalizer> steps) : INormalizer
{
    /// <inheritdoc/>
    public string Normalize(string text)
    {
        foreach (var step in steps)
        {
            text = step.Normalize(text);
        }

        return text;
    }
}
