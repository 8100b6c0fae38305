using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>
/// Tests that share one server of two cards, because a start takes seconds: they run one after another and with nothing beside
/// them, as <see cref="ProcessTests"/> do, and leave the server idle.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TwoCardTests : ICollectionFixture<TwoCardServer>
{
    public const string Name = "one server of two cards";
}
