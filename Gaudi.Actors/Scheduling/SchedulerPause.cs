namespace Gaudi.Actors.Scheduling;

/// <summary>What a scheduler leaves alone for now (rule S18).</summary>
public enum SchedulerPause
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Waiting choices, preempted ones among them; running ones go on.</summary>
    NewWork,

    /// <summary>Everything; choices keep their blocks and their place.</summary>
    All,
}
