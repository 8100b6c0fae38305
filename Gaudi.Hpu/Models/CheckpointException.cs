namespace Gaudi.Hpu.Models;

/// <summary>A model folder cannot be used. The message names the file or tensor, what was expected, what came, what to do.</summary>
public sealed class CheckpointException(string message, Exception? inner = null) : Exception(message, inner);
