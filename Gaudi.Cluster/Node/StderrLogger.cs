using System.Globalization;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using Akka.Remote;

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
    /// <param name="level">Warnings and errors are written.</param>
    /// <param name="origin">The class that logged.</param>
    /// <param name="text">What it said.</param>
    /// <param name="cause">With its stack trace: an error is a defect of ours until it is understood.</param>
    internal static string? Line(LogLevel level, Type origin, string text, Exception? cause)
    {
        if (IsRefusedMessage(origin, text))
            return $"warning: refused a message from another process: {cause?.GetBaseException().Message ?? text}";
        if (level < LogLevel.WarningLevel || IsNoise(level, origin, cause) || IsToldByTheStart(text))
            return null;
        var name = level == LogLevel.ErrorLevel ? "error" : "warning";
        return cause is null ? $"{name}: {text}" : $"{name}: {text}: {(IsOfTheWire(cause) ? cause.Message : cause.ToString())}";
    }

    // Remoting drops it and goes on; whoever sent it is of another version, or means no good.
    private static bool IsRefusedMessage(Type origin, string text) =>
        IsOfRemoting(origin) && text.StartsWith("Deserialization failed for message", StringComparison.Ordinal);

    // A process that ends closes its sockets, and remoting tells several times. Whoever minds the process tells it once.
    private static bool IsNoise(LogLevel level, Type origin, Exception? cause) =>
        IsOfRemoting(cause?.GetType()) || (level == LogLevel.WarningLevel && IsOfRemoting(origin));

    // An address that cannot be listened on and a seed that does not answer: the start ends with a sentence that says so.
    private static bool IsToldByTheStart(string text) =>
        text.StartsWith("Remoting error: [Startup failed]", StringComparison.Ordinal)
        || text.StartsWith("Couldn't join seed nodes", StringComparison.Ordinal)
        || text.StartsWith("Tried to associate with unreachable remote address", StringComparison.Ordinal);

    // Whoever listens there speaks another protocol, or sent a broken frame: the world's fault needs no stack trace.
    private static bool IsOfTheWire(Exception cause) =>
        cause.GetType().FullName!.StartsWith("DotNetty.", StringComparison.Ordinal);

    private static bool IsOfRemoting(Type? type) => type?.Assembly == typeof(RemoteSettings).Assembly;

    private static void Write(LogEvent happened)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{happened.Message}");
        if (Line(happened.LogLevel(), happened.LogClass, text, happened.Cause) is { } line)
            Console.Error.WriteLine(line);
    }
}
