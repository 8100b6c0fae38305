namespace Gaudi.Tests.Training.Tokens;

/// <summary>An encoded conversation.</summary>
/// <param name="IsLearnt">For each id: whether it belongs to an answer, its end included.</param>
public sealed record Lesson(int[] Ids, bool[] IsLearnt);
