namespace Gaudi.Actors.Requests;

/// <summary>All choices of one request: they are admitted together, or none of them is.</summary>
/// <param name="Id">Unique to the request, the same in each of its choices.</param>
/// <param name="Size">How many choices belong together; at least 2.</param>
public sealed record ChoiceGroup(string Id, int Size);
