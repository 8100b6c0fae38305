namespace Gaudi.Tests.Cluster.Http;

/// <summary>Always the same moment: 1,700,000,000 seconds after 1970.</summary>
internal sealed class FixedTime : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
}
