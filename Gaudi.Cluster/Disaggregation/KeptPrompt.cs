namespace Gaudi.Cluster.Disaggregation;

/// <summary>A prompt that a prefill server has computed and keeps for a decode server.</summary>
/// <param name="Server">Who keeps it.</param>
/// <param name="Key">By what name; null where the server gave none, and nobody can let go of it.</param>
/// <param name="DecodeBody">The client's request with the place of the blocks in it.</param>
internal sealed record KeptPrompt(Uri Server, string? Key, byte[] DecodeBody);
