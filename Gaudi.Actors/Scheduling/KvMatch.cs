namespace Gaudi.Actors.Scheduling;

/// <summary>What a connector can bring beyond what was found in the prefix cache.</summary>
/// <param name="TokenCount">Positions, from the cached ones on; 0 for none.</param>
/// <param name="IsAsync">Whether they come beside the steps: the sequence waits with its blocks meanwhile.</param>
public readonly record struct KvMatch(int TokenCount, bool IsAsync);
