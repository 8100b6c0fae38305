using System.Text;
using Gaudi.Actors.Text.Unicode;

namespace Gaudi.Actors.Text.Normalizers;

/// <summary>One of the four Unicode normalization forms.</summary>
internal sealed class UnicodeForm(NormalizationForm form) : INormalizer
{
    /// <inheritdoc/>
    public string Normalize(string text) => UnicodeNormalizer.Normalize(text, form);
}
