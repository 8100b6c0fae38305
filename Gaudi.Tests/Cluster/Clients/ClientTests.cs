using Gaudi.Tests.Cluster.EndToEnd;
using Xunit;

namespace Gaudi.Tests.Cluster.Clients;

/// <summary>Tests of clients that share one server: they run one after another and with nothing beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ClientTests : ICollectionFixture<ClientServer>
{
    public const string Name = "one server of all clients";
}
