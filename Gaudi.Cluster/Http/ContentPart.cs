namespace Gaudi.Cluster.Http;

/// <summary>A part of a message: one of the two.</summary>
/// <param name="Text">A text.</param>
/// <param name="ImageUrl">Where an image is, or a data URI that is one.</param>
internal sealed record ContentPart(string? Text, string? ImageUrl);
