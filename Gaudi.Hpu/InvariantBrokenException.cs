namespace Gaudi.Hpu;

/// <summary>Something that must hold did not: a defect of this program, not of its input.</summary>
public sealed class InvariantBrokenException(string message) : Exception(message);
