namespace Gaudi.Actors.Constraints;

/// <summary>How an answer's form is described.</summary>
public enum ConstraintKind
{
    /// <summary>Any JSON object.</summary>
    JsonObject,

    /// <summary>A JSON document that a schema accepts.</summary>
    JsonSchema,

    /// <summary>A text that a regular expression matches as a whole.</summary>
    Regex,

    /// <summary>One of some texts.</summary>
    Choice,
}
