namespace Gaudi.Cluster.Http;

/// <summary>What becomes of a field of a request.</summary>
internal enum FieldUse
{
    /// <summary>No field of this API: accepted, and logged once.</summary>
    Unknown,

    /// <summary>The answer is as it asks, or the request is refused.</summary>
    Honoured,

    /// <summary>Accepted in silence: it cannot make the answer another one here.</summary>
    Ignored,

    /// <summary>Would change the answer, and cannot be honoured: 400, unless its value asks for nothing.</summary>
    Refused,
}
