namespace Gaudi.Tests.Training.Lessons;

/// <summary>One question of the user and the answer the model is to learn.</summary>
public sealed record Turn(string Question, string Answer);
