namespace Gaudi.Actors.Constraints;

/// <summary>The form an answer must have, as the client described it. Travels with the request; compiled where it is used.</summary>
/// <param name="Kind">What the text is.</param>
/// <param name="Text">
/// JsonSchema: the schema as JSON. Regex: the expression. Choice: a JSON array of strings. JsonObject: empty.
/// </param>
public sealed record OutputConstraint(ConstraintKind Kind, string Text);
