using System.Globalization;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace Gaudi.Cluster.Node;

/// <summary>Akka's log on standard error: warnings and errors, one line each, without what is normal when a worker ends.</summary>
/// <remarks>Created by Akka from the setting akka.loggers (<see cref="GaudiSystem"/>).</remarks>
internal sealed class StderrLogger : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    public StderrLogger()
    {
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(Write);
    }

    /// <summary>The line for an event; null when it says nothing new.</summary>
    internal static string? Line(LogLevel level, string text, Exception? cause)
    {
        if (level < LogLevel.WarningLevel || IsNoise(text))
            return null;
        var name = level == LogLevel.ErrorLevel ? "error" : "warning";
        return cause is null ? $"{name}: {text}" : $"{name}: {text}: {cause}";
    }

    // A process that ends closes its sockets: whoever minds it reports that in its own words (akka-practice: gating is no fault).
    private static bool IsNoise(string text) =>
        text.Contains("address is now gated", StringComparison.Ordinal)
        || text.StartsWith("AssociationError", StringComparison.Ordinal)
        || text.Contains("received dead letter", StringComparison.Ordinal);

    private static void Write(LogEvent happened)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{happened.Message}");
        if (Line(happened.LogLevel(), text, happened.Cause) is { } line)
            Console.Error.WriteLine(line);
    }
}
