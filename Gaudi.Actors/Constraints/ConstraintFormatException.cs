namespace Gaudi.Actors.Constraints;

/// <summary>A constraint that cannot be kept: broken, unsupported, impossible or too large. The sentence is for the client.</summary>
/// <param name="message">Names the keyword or the place in the expression, and what is supported.</param>
public sealed class ConstraintFormatException(string message) : Exception(message);
