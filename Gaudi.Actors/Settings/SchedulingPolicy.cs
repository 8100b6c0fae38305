namespace Gaudi.Actors.Settings;

/// <summary>In which order choices run.</summary>
public enum SchedulingPolicy
{
    /// <summary>First come, first served.</summary>
    Fcfs,

    /// <summary>Lower priority value first, then arrival.</summary>
    Priority,
}
