namespace Gaudi.Cluster.InProcess;

/// <summary>A request that the engine did not take, or could not finish.</summary>
/// <param name="message">What was expected, what came, what to do.</param>
/// <param name="isTransient">Trying again later makes sense: the engine is full, or is being formed anew.</param>
public sealed class GaudiEngineException(string message, bool isTransient) : Exception(message)
{
    /// <summary>Trying again later makes sense.</summary>
    public bool IsTransient { get; } = isTransient;
}
