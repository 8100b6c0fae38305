using Xunit;

namespace Gaudi.Tests.Cluster;

/// <summary>Tests that start real processes run one after another and with nothing beside them: two cores are few.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessTests
{
    public const string Name = "real processes";
}
