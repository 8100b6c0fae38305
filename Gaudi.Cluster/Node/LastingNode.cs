using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gaudi.Actors.Devices;
using Gaudi.Actors.Protocols.Reports;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Settings;
using Gaudi.Cluster.Http;

namespace Gaudi.Cluster.Node;

/// <summary>
/// A serving node that comes back by itself when its cluster puts it out: workers end, and a new node, with another actor system and
/// new workers, joins the others under the same HTTP server. Requests and reports go to the node of the moment; while there is none
/// they are answered with the reason. Any thread.
/// </summary>
internal sealed class LastingNode : IGenerationClient, IServerReports, IClusterAdministration, IAsyncDisposable
{
    /// <summary>Why a node that is put out does not serve.</summary>
    internal const string Reason =
        "the cluster put this node out, because most other nodes did not hear from it; it comes back when it reaches them";

    private const int RetryAfterSeconds = 5;

    private readonly ServeOptions _options;
    private readonly StartLines _lines;
    private readonly TextWriter _log;
    private volatile ServingNode? _node;
    private ServingNode _last;
    private volatile string _reason = "";

    private LastingNode(ServingNode node, ServeOptions options, StartLines lines, TextWriter log)
    {
        (_node, _last, _options, _lines, _log) = (node, node, options, lines, log);
        (Model, Settings) = (node.Model, node.Settings);
    }

    /// <summary>What is served, by every node of this server's life.</summary>
    internal ServedModel Model { get; }

    /// <summary>What it was started with.</summary>
    internal GaudiSettings Settings { get; }

    /// <summary>Process ids of the workers that live, by card.</summary>
    internal int[] WorkerPids => _node?.WorkerPids ?? [];

    /// <summary>Starts engine and workers, and does not wait until the model is served.</summary>
    /// <exception cref="NodeStartException">The first start failed: it is not tried again.</exception>
    internal static async Task<LastingNode> StartAsync(
        ServeOptions options, StartLines lines, TextWriter log, CancellationToken cancellation) =>
        new(await ServingNode.StartAsync(options, lines, log, before: null, cancellation).ConfigureAwait(false), options, lines, log);

    /// <summary>Follows the first start.</summary>
    /// <exception cref="NodeStartException">The model will not be served.</exception>
    internal Task WaitUntilServedAsync(CancellationToken cancellation) => _last.WaitUntilServedAsync(_lines, cancellation);

    /// <summary>Tells the workers to stay until this node lets them go, whatever signal reaches them.</summary>
    internal void HoldWorkers() => _node?.HoldWorkers();

    /// <summary>Takes an event of the server itself.</summary>
    internal void Announce(NodeEvent happened) => _node?.Announce(happened);

    /// <summary>Tells what happens, and comes back as often as it is put out, until it is stopped.</summary>
    /// <exception cref="NodeStartException">
    /// It was put out and there is no other node that it could join, or what it serves can never be served again.
    /// </exception>
    internal async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            var told = _last.TellAsync(_lines, stop);
            await Task.WhenAny(_last.WhenPutOut, told).ConfigureAwait(false);
            stop.ThrowIfCancellationRequested();
            if (told.IsFaulted)
                await told.ConfigureAwait(false);
            _reason = Reason;
            _node = null;
            var options = _last.RejoinOptions(_options)
                ?? throw new NodeStartException("the cluster put this node out, and it knows of no other node; start it again");
            _lines.PutOut(_reason);
            _last.Announce(new NodeEvent.PutOut());
            // Its workers end first: cards are opened once.
            await _last.DisposeAsync().ConfigureAwait(false);
            await ComeBackAsync(options, stop).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<GenerationEvent> GenerateAsync(
        GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (_node is not { } node)
        {
            yield return new GenerationEvent.Refused(RefusalKind.Unavailable, _reason, RetryAfterSeconds);
            yield break;
        }
        await foreach (var happened in node.Client.GenerateAsync(request, cancellation).ConfigureAwait(false))
        {
            yield return happened is GenerationEvent.Refused { Kind: RefusalKind.Failed } && node.IsPutOut
                ? new GenerationEvent.Refused(
                    RefusalKind.Unavailable, "the cluster put this node out while the request ran; ask again, here or another node",
                    RetryAfterSeconds)
                : happened;
        }
    }

    /// <inheritdoc />
    public void Release(string model, string key) => _node?.Client.Release(model, key);

    /// <inheritdoc />
    public Task<ImmutableArray<PluginRow>> PluginsAsync(CancellationToken cancellation) =>
        _node?.Reports.PluginsAsync(cancellation) ?? Task.FromResult<ImmutableArray<PluginRow>>([]);

    /// <inheritdoc />
    public Task<OpsReport> OpsAsync(CancellationToken cancellation) =>
        _node?.Reports.OpsAsync(cancellation) ?? Task.FromResult(new OpsReport("", [], []));

    /// <inheritdoc />
    public Task<ImmutableArray<CardRow>> CardsAsync(CancellationToken cancellation) =>
        _node?.Reports.CardsAsync(cancellation) ?? Task.FromResult<ImmutableArray<CardRow>>([]);

    /// <inheritdoc />
    public Task<ImmutableArray<EngineReport>> EnginesAsync(CancellationToken cancellation) =>
        _node?.Reports.EnginesAsync(cancellation) ?? Task.FromResult<ImmutableArray<EngineReport>>([]);

    /// <inheritdoc />
    public Task PingAsync(CancellationToken cancellation) => _node?.Reports.PingAsync(cancellation) ?? Task.CompletedTask;

    /// <inheritdoc />
    public ImmutableArray<EventRow> EventsAfter(long seq) => _last.Reports.EventsAfter(seq);

    /// <inheritdoc />
    public Task<HealthReport> HealthAsync(CancellationToken cancellation) =>
        _node is { IsPutOut: false } node
            ? node.Reports.HealthAsync(cancellation)
            : Task.FromResult(new HealthReport(false, _reason.Length > 0 ? _reason : "the cluster put this node out"));

    /// <inheritdoc />
    public Task<AdministrationAnswer> RestartAsync(CancellationToken cancellation) =>
        _node?.Administration.RestartAsync(cancellation) ?? RefuseOrderAsync();

    /// <inheritdoc />
    public Task<AdministrationAnswer> DrainAsync(string node, CancellationToken cancellation) =>
        _node?.Administration.DrainAsync(node, cancellation) ?? RefuseOrderAsync();

    /// <inheritdoc />
    public Task<AdministrationReport> ReportAsync(CancellationToken cancellation) =>
        _node?.Administration.ReportAsync(cancellation) ?? Task.FromResult(AdministrationReport.None);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _node = null;
        await _last.DisposeAsync().ConfigureAwait(false);
    }

    private Task<AdministrationAnswer> RefuseOrderAsync() =>
        Task.FromResult(new AdministrationAnswer(AdministrationReport.None, _reason));

    private async Task ComeBackAsync(ServeOptions options, CancellationToken stop)
    {
        var waits = new RejoinWaits(Settings.Cluster);
        while (true)
        {
            await Task.Delay(waits.Next(), stop).ConfigureAwait(false);
            try
            {
                _last = await ServingNode.StartAsync(options, _lines, _log, _last, stop).ConfigureAwait(false);
                _node = _last;
                _lines.CameBack(_last.Name);
                return;
            }
            catch (Exception problem) when (problem is not OperationCanceledException)
            {
                // Whatever kept it out, such as a share that the same cut took away, may pass: users still reach the server.
                _lines.StaysOut(problem.Message);
            }
        }
    }
}
