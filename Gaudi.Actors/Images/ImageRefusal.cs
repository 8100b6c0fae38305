namespace Gaudi.Actors.Images;

/// <summary>An image is not used; the request it came in cannot be answered.</summary>
/// <param name="Kind">Why, for programs.</param>
/// <param name="Message">Why, for people: what was expected, what came, what to do.</param>
public sealed record ImageRefusal(ImageRefusalKind Kind, string Message);
