namespace Gaudi.Actors.Text.Models;

/// <summary>The switches of a `BPE` section.</summary>
/// <param name="IgnoresMerges">A piece that stands in the vocabulary is one token, whatever the merges say.</param>
/// <param name="HasByteFallback">An unknown character becomes its `&lt;0xXX&gt;` byte tokens.</param>
/// <param name="FusesUnknown">Unknown characters in a row become one unknown token.</param>
/// <param name="ContinuingPrefix">Written before every symbol but the first of a word.</param>
/// <param name="EndOfWordSuffix">Written after the last symbol of a word.</param>
internal sealed record BpeOptions(
    bool IgnoresMerges, bool HasByteFallback, bool FusesUnknown, string ContinuingPrefix, string EndOfWordSuffix);
