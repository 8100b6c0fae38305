namespace Gaudi.Actors.Requests;

/// <summary>A multimodal item in a prompt: its placeholder tokens look alike, its content does not.</summary>
/// <param name="ContentHash">Of the content; equal for equal contents.</param>
/// <param name="FirstPosition">Of its first placeholder token.</param>
/// <param name="TokenCount">Placeholder tokens.</param>
public sealed record CacheItem(string ContentHash, int FirstPosition, int TokenCount);
