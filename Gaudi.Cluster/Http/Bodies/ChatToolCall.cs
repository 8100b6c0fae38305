using System.Text.Json.Serialization;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>One call of a message, or what a frame adds to it.</summary>
/// <param name="Index">In frames alone: which call of the message, from 0.</param>
/// <param name="Id">In frames only with the first piece.</param>
/// <param name="Type">Always `function`, where the id is.</param>
/// <param name="Function">Name and arguments.</param>
internal sealed record ChatToolCall(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Index,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Id,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Type,
    FunctionCall Function);
