using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using Gaudi.Cluster.Node;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

public sealed class StderrLoggerTests
{
    [Theory]
    [InlineData(LogLevel.WarningLevel, typeof(StderrLoggerTests), "warning: disk is full")]
    [InlineData(LogLevel.ErrorLevel, typeof(StderrLoggerTests), "error: disk is full")]
    [InlineData(LogLevel.InfoLevel, typeof(StderrLoggerTests), null)]
    [InlineData(LogLevel.WarningLevel, typeof(RemoteSettings), null)]
    [InlineData(LogLevel.ErrorLevel, typeof(RemoteSettings), "error: disk is full")]
    public void Line_says_what_is_new_to_the_reader(LogLevel level, Type origin, string? line) =>
        Assert.Equal(line, StderrLogger.Line(level, origin, "disk is full", cause: null));

    [Fact]
    public void Line_leaves_out_that_a_process_closed_its_sockets() => Assert.Null(
        StderrLogger.Line(LogLevel.ErrorLevel, typeof(ActorSystem), "Disassociated", new RemoteTransportException("Disassociated")));

    [Fact]
    public void Broken_frame_of_a_stranger_is_one_line_without_a_stack_trace()
    {
        Exception broken;
        try
        {
            throw new DotNetty.Codecs.TooLongFrameException("1329865024 bytes");
        }
        catch (DotNetty.Codecs.TooLongFrameException thrown)
        {
            broken = thrown;
        }
        Assert.Equal(
            "error: Error caught channel: 1329865024 bytes",
            StderrLogger.Line(LogLevel.ErrorLevel, typeof(RemoteSettings), "Error caught channel", broken));
    }

    [Fact]
    public void Line_has_the_cause()
    {
        var line = StderrLogger.Line(LogLevel.ErrorLevel, typeof(ActorSystem), "failed", new InvalidOperationException("why"));
        Assert.StartsWith("error: failed: System.InvalidOperationException: why", line, StringComparison.Ordinal);
    }
}
