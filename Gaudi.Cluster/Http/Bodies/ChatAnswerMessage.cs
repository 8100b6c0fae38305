namespace Gaudi.Cluster.Http.Bodies;

/// <summary>What the model said.</summary>
/// <param name="Role">Always `assistant`.</param>
/// <param name="Content">The text.</param>
/// <param name="Refusal">Always null: part of OpenAI's form.</param>
internal sealed record ChatAnswerMessage(string Role, string Content, string? Refusal);
