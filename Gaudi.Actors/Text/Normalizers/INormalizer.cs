namespace Gaudi.Actors.Text.Normalizers;

/// <summary>Changes text before it is cut; the same text always gives the same result.</summary>
internal interface INormalizer
{
    /// <summary>The text in its normal form.</summary>
    string Normalize(string text);
}
