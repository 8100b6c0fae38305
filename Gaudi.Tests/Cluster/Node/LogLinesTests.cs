using Gaudi.Cluster.Node;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

public sealed class LogLinesTests
{
    [Theory]
    [InlineData("Gaudi.Http", LogLevel.Information, null)]
    [InlineData("Gaudi.Http", LogLevel.Warning, "warning: field foo is ignored")]
    [InlineData("Gaudi.Http", LogLevel.Error, "error: field foo is ignored")]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Warning, null)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error, "error: field foo is ignored")]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Critical, null)]
    [InlineData("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Error, null)]
    public void What_a_person_should_see_is_a_line(string category, LogLevel level, string? line)
    {
        var log = new LineLog();
        using var loggers = LogLines.To(log);
        loggers.CreateLogger(category).Log(level, "field {Name} is ignored", "foo");
        Assert.Equal(line is null ? [] : [line], log.Lines);
    }
}
