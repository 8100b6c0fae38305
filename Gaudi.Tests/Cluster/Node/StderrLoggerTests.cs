using Akka.Event;
using Gaudi.Cluster.Node;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

public sealed class StderrLoggerTests
{
    [Theory]
    [InlineData(LogLevel.WarningLevel, "disk is full", "warning: disk is full")]
    [InlineData(LogLevel.ErrorLevel, "disk is full", "error: disk is full")]
    [InlineData(LogLevel.InfoLevel, "hello", null)]
    [InlineData(LogLevel.WarningLevel, "Association with [x] has failed; address is now gated for 5000 ms", null)]
    public void Line_says_what_is_new_to_the_reader(LogLevel level, string text, string? line) =>
        Assert.Equal(line, StderrLogger.Line(level, text, cause: null));
}
