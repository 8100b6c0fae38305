using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

public sealed class FieldLogTests
{
    [Fact]
    public async Task Unknown_fields_are_accepted_and_each_is_logged_once()
    {
        using var log = new LinesOfLog();
        await using var server = await ServerUnderTest.StartAsync(loggers: log);
        for (var count = 0; count < 2; count++)
        {
            await server.CompleteAsync("""
                "prompt":"a","zebra":1,"apple":{"x":[]},"line\nbreak":2,"user":"u","metadata":{},"store":true
                """);
            await server.ChatAsync("""
                "zebra":null,"mango":2,"parallel_tool_calls":true
                """);
        }
        Assert.Equal(
            ["apple", "line?break", "zebra", "mango"],
            log.Lines.Where(line => line.Contains("ignores", StringComparison.Ordinal))
                .Select(line => line.Split(": ")[^1]));
    }

    [Fact]
    public async Task Raised_temperature_is_logged_once()
    {
        using var log = new LinesOfLog();
        await using var server = await ServerUnderTest.StartAsync(loggers: log);
        foreach (var temperature in (string[])["0", "0.01", "0.005", "0.006"])
        {
            await server.ChatAsync($"\"temperature\":{temperature}");
        }
        Assert.Equal(["Requests ask for a temperature between 0 and 0.01; it is raised to 0.01"], log.Lines);
    }

    [Fact]
    public async Task Transfer_parameters_without_a_connector_are_logged_once_and_ignored()
    {
        using var log = new LinesOfLog();
        await using var server = await ServerUnderTest.StartAsync(loggers: log);
        for (var count = 0; count < 2; count++)
            await server.CompleteAsync("""
                "prompt":"a","kv_transfer_params":{"do_remote_prefill":true,"remote_host":5}
                """);
        await server.CompleteAsync("""
            "prompt":"a","kv_transfer_params":{}
            """);
        Assert.Equal(
            ["Requests carry `kv_transfer_params` and this server has no KV connector (--kv-transfer-config): ignored"], log.Lines);
        Assert.All(server.Engine.Requests, request => Assert.Null(request.KvTransfer));
    }

    private sealed class LinesOfLog : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                Lines.Enqueue(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
