namespace Gaudi.Tests.Simulation.World;

/// <summary>A link by the alpha-beta model.</summary>
/// <param name="Latency">Alpha: what the shortest message takes.</param>
/// <param name="BytesPerSecond">1 / beta.</param>
internal sealed record LinkSpeed(TimeSpan Latency, double BytesPerSecond)
{
    /// <summary>How long a message is on its way.</summary>
    internal TimeSpan Of(long bytes) => Latency + TimeSpan.FromTicks((long)(bytes / BytesPerSecond * TimeSpan.TicksPerSecond));
}
