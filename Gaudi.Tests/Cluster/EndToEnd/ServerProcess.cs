using System.Collections.Immutable;
using System.Diagnostics;
using Gaudi.Cluster.Node;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>A real `gaudi` that serves, with its real workers. Nothing of it is left when it is disposed.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>Far longer than a start takes on two busy cores; a test that waits this long has failed.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly string _folder = Directory.CreateTempSubdirectory("gaudi-server-").FullName;
    private readonly Task _relayed;
    private int[] _workers = [];

    private ServerProcess(IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        _process = Process.Start(GaudiProgram.Start(environment, WithReadyFile(arguments)))!;
        _relayed = Task.WhenAll(CopyAsync(_process.StandardOutput, Output), CopyAsync(_process.StandardError, Error));
        Client = new HttpClient { Timeout = Patience };
    }

    /// <summary>Lines of standard output so far.</summary>
    internal LineLog Output { get; } = new();

    /// <summary>Lines of standard error so far.</summary>
    internal LineLog Error { get; } = new();

    /// <summary>The node's process id.</summary>
    internal int Pid => _process.Id;

    /// <summary>The workers' process ids, by card.</summary>
    internal IReadOnlyList<int> Workers => _workers;

    /// <summary>Its base address is the server.</summary>
    internal HttpClient Client { get; }

    private string ReadyPath => Path.Combine(_folder, "ready.json");

    /// <summary>Starts the verb on a free port and waits until it serves.</summary>
    internal static Task<ServerProcess> ServeAsync(params string[] arguments) =>
        StartAsync(ImmutableDictionary<string, string>.Empty, ["serve", .. arguments, "--port", "0"]);

    /// <summary>Starts a verb and waits until it has written the ready file.</summary>
    internal static async Task<ServerProcess> StartAsync(IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        var server = Start(environment, arguments);
        try
        {
            await server.WaitUntilReadyAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a verb and waits for nothing.</summary>
    internal static ServerProcess Start(IReadOnlyDictionary<string, string> environment, string[] arguments) =>
        new(environment, arguments);

    /// <summary>Waits for the line that says so; what was written instead is in the failure.</summary>
    internal async Task WaitUntilReadyAsync()
    {
        var ready = Output.WaitFor(line => line.StartsWith("ready", StringComparison.Ordinal));
        var first = await Task.WhenAny(ready, _process.WaitForExitAsync()).WaitAsync(Patience);
        if (first != ready)
        {
            await _relayed.WaitAsync(Patience);
            Assert.Fail($"the server ended before it was ready\n{string.Join('\n', Output.Lines)}\n{string.Join('\n', Error.Lines)}");
        }
        var written = ReadyFile.Read(ReadyPath);
        Assert.Equal(Pid, written.Pid);
        _workers = written.Workers;
        Client.BaseAddress = new Uri(written.Url);
    }

    /// <summary>Waits for a line of standard output.</summary>
    internal Task WaitForLineAsync(string start) =>
        Output.WaitFor(line => line.StartsWith(start, StringComparison.Ordinal)).WaitAsync(Patience);

    /// <summary>Sends a signal to the node alone.</summary>
    internal void Signal(int signal) => Signals.Send(Pid, signal);

    /// <summary>Waits for the node's end.</summary>
    internal async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        foreach (var worker in _workers.Where(Signals.IsAlive))
            Signals.Send(worker, Signals.Kill);
        await _process.WaitForExitAsync().WaitAsync(Patience);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string[] WithReadyFile(string[] arguments) =>
        arguments[0] is "serve" or "disaggregate" ? [.. arguments, "--ready-file", ReadyPath] : arguments;

    private static async Task CopyAsync(StreamReader source, LineLog log)
    {
        while (await source.ReadLineAsync() is { } line)
            log.WriteLine(line);
    }
}
