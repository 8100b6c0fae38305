namespace Gaudi.Cluster.Http.Bodies;

/// <summary>What went wrong.</summary>
/// <param name="Message">For people.</param>
/// <param name="Type">For programs: the kind.</param>
/// <param name="Param">The field at fault, or null.</param>
/// <param name="Code">The HTTP status.</param>
internal sealed record ErrorDetail(string Message, string Type, string? Param, int Code);
