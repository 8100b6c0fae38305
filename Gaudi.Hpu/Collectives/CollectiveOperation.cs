namespace Gaudi.Hpu.Collectives;

/// <summary>What a rank called. The numbers travel between processes: append only.</summary>
public enum CollectiveOperation : byte
{
    /// <summary><see cref="ICollective.AllReduceSum"/>.</summary>
    AllReduceSum = 1,

    /// <summary><see cref="ICollective.AllGather"/>.</summary>
    AllGather = 2,

    /// <summary><see cref="ICollective.Broadcast"/>.</summary>
    Broadcast = 3,

    /// <summary><see cref="ICollective.Barrier"/>.</summary>
    Barrier = 4,
}
