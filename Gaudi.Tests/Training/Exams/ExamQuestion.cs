namespace Gaudi.Tests.Training.Exams;

/// <summary>One question and whether an answer to it is right.</summary>
public sealed record ExamQuestion(string Question, Func<string, bool> IsRight);
