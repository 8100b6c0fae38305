using Gaudi.Cluster.Http;
using Gaudi.Cluster.Http.Metrics;
using Gaudi.Cluster.Node;
using Microsoft.Extensions.AI;

namespace Gaudi.Cluster.InProcess;

/// <summary>
/// A model served inside a .NET host, without HTTP: the same engine, worker processes and checks as `gaudi serve`. Disposing it
/// stops the workers. Any thread.
/// </summary>
/// <remarks>
/// A worker is the program `gaudi` beside the host's own files, where a reference to this project puts it, with hocon/ and
/// Models/.
/// </remarks>
public sealed class GaudiEngine : IAsyncDisposable
{
    private readonly ServingNode _node;
    private readonly CancellationTokenSource _stopping = new();

    private GaudiEngine(ServingNode node, GaudiEngineOptions options)
    {
        _node = node;
        var numbers = options.Seed is { } seed ? new RequestNumbers(seed) : RequestNumbers.FromSystem();
        var limits = HttpLimits.For(node.Settings, NodeOptions.Loopback, port: 0);
        var (model, metrics, time) = (node.Model, new RequestMetrics(node.Model.ContextTokensMax), TimeProvider.System);
        ChatClient = new EngineChatClient(
            model, limits,
            new CompletionStream(node.Client, model.Tokenizer, limits.RetryAfterSeconds, metrics, time, _stopping.Token),
            numbers, time);
        EmbeddingGenerator = new EngineEmbeddingGenerator(
            model, limits, new EmbeddingStream(node.Client, limits.RetryAfterSeconds, metrics, _stopping.Token), numbers, time);
    }

    /// <summary>Chats with the model, until the engine is disposed.</summary>
    public IChatClient ChatClient { get; }

    /// <summary>Makes vectors of texts.</summary>
    public IEmbeddingGenerator<string, Embedding<float>> EmbeddingGenerator { get; }

    /// <summary>Starts, and returns when the model is served.</summary>
    /// <param name="options">What to serve, and how.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="Exception">The model cannot be served; one sentence says why, as the command line would.</exception>
    public static async Task<GaudiEngine> StartAsync(GaudiEngineOptions options, CancellationToken cancellation = default)
    {
        var lines = new StartLines(options.Log, options.Log);
        var node = await ServingNode.StartAsync(Serve(options), lines, options.Log, before: null, cancellation).ConfigureAwait(false);
        try
        {
            await node.WaitUntilServedAsync(lines, cancellation).ConfigureAwait(false);
            return new GaudiEngine(node, options);
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _stopping.Cancel();
        await _node.DisposeAsync().ConfigureAwait(false);
    }

    private static ServeOptions Serve(GaudiEngineOptions options) => new(
        options.Model, ServedModelName: null, options.TensorParallelSize, NodeCount: 1, Dtype: null, options.MaxModelLen,
        BlockSizeTokens: null, MemoryUtilization: null, options.Seed, NodeOptions.Loopback, Port: 0, ReadyFile: null,
        new NodeOptions(NodeOptions.Loopback, 0, Seeds: [], CardCount: null, options.SettingsFile, options.Settings),
        new EngineOptions(null, null, null, null, null, null, null, null), new HttpOptions(null, null, null, []));
}
