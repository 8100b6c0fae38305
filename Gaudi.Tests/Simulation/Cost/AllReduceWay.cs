namespace Gaudi.Tests.Simulation.Cost;

/// <summary>How ranks add up their vectors.</summary>
internal enum AllReduceWay
{
    /// <summary>One rank has nobody to add to.</summary>
    None,

    /// <summary>Parts go around.</summary>
    Ring,

    /// <summary>Whole vectors, with partners twice as far each time.</summary>
    RecursiveDoubling,

    /// <summary>Every rank sends every other its part at once.</summary>
    Direct,

    /// <summary>In boxes, between boxes, in boxes.</summary>
    Hierarchical,
}
