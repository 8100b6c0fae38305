namespace Gaudi.Tests.Simulation.Engine;

/// <summary>An action of the world itself: a fault, an arrival, the end of a step.</summary>
/// <param name="action">What happens.</param>
internal sealed class ActionEvent(Action action) : SimEvent
{
    private bool _isCancelled;

    internal override bool IsCancelled => _isCancelled;

    /// <summary>It does not happen.</summary>
    internal void Cancel() => _isCancelled = true;

    internal override void Fire() => action();
}
