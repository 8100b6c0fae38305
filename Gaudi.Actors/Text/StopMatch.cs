namespace Gaudi.Actors.Text;

/// <summary>What may be shown after some text was looked at.</summary>
/// <param name="Emit">Text that no stop string can change any more.</param>
/// <param name="MatchedStop">The stop string that ended the text, or null while it goes on.</param>
public readonly record struct StopMatch(string Emit, string? MatchedStop);
