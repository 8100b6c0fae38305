namespace Gaudi.Tests.Simulation.Engine;

/// <summary>Something that happens at a moment of virtual time.</summary>
internal abstract class SimEvent
{
    /// <summary>Whether it is not to happen any more.</summary>
    internal virtual bool IsCancelled => false;

    /// <summary>Happens.</summary>
    internal abstract void Fire();
}
