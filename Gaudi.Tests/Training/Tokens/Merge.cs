namespace Gaudi.Tests.Training.Tokens;

/// <summary>Two symbols that become one; earlier merges win.</summary>
public readonly record struct Merge(string Left, string Right);
