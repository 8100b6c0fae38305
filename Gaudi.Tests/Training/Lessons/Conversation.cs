using System.Collections.Immutable;

namespace Gaudi.Tests.Training.Lessons;

/// <summary>One training text: an optional system message and one or more turns.</summary>
public sealed record Conversation(string? System, ImmutableArray<Turn> Turns);
