namespace Gaudi.Hpu.KvTransfer;

/// <summary>Where a prompt's blocks lie.</summary>
/// <param name="EngineId">Of the server that computed them.</param>
/// <param name="Host">Of its ranks.</param>
/// <param name="Port">Of its rank 0.</param>
/// <param name="Key">Under which it offers them.</param>
public sealed record KvSource(string EngineId, string Host, int Port, string Key);
