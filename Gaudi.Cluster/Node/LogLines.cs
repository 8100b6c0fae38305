using Microsoft.Extensions.Logging;

namespace Gaudi.Cluster.Node;

/// <summary>The HTTP server's log as lines: our warnings and errors, and errors of the server under it.</summary>
/// <param name="target">Where lines go; must allow writes from several threads.</param>
internal sealed class LogLines(TextWriter target) : ILoggerProvider
{
    /// <summary>Loggers that write there.</summary>
    internal static ILoggerFactory To(TextWriter target) => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(LogLevel.Warning)
        // Why a server cannot start is thrown, and told in a sentence.
        .AddFilter("Microsoft", level => level == LogLevel.Error)
        .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
        .AddProvider(new LogLines(target)));

    public ILogger CreateLogger(string categoryName) => new Writer(target);

    public void Dispose()
    {
    }

    private sealed class Writer(TextWriter target) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;
            var line = $"{(logLevel == LogLevel.Warning ? "warning" : "error")}: {formatter(state, exception)}";
            target.WriteLine(exception is null ? line : $"{line}: {exception}");
        }
    }
}
