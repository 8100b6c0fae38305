using System.Text.Json.Serialization;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>The function of a call, or what a frame adds to it.</summary>
/// <param name="Name">Whole; in frames only with the call's id.</param>
/// <param name="Arguments">JSON as text; in frames a piece of it.</param>
internal sealed record FunctionCall(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name, string Arguments);
