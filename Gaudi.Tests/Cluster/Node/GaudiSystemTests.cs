using Gaudi.Cluster.Node;
using Gaudi.Tests.Actors;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

public sealed class GaudiSystemTests
{
    /// <summary>
    /// A socket that closed after the loggers had ended was worth a warning on a worker's standard output, once in forty
    /// starts that failed.
    /// </summary>
    [Fact]
    public async Task What_akka_would_write_to_standard_output_goes_nowhere()
    {
        var system = GaudiSystem.Start(Given.Reference, "127.0.0.1", 0, GaudiSystem.CardRole);
        try
        {
            Assert.IsType<SilentLogger>(system.Settings.StdoutLogger);
        }
        finally
        {
            await system.Terminate();
        }
    }
}
