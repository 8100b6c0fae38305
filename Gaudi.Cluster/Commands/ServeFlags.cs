using System.CommandLine;
using Gaudi.Actors.Settings;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>The flags of `serve`, named as vLLM names them, so that its users' scripts carry over.</summary>
/// <param name="defaultPort">The HTTP port where none is given.</param>
internal sealed class ServeFlags(int defaultPort = 8000)
{
    /// <summary>How many simulated cards share the bundled model when the user names no model at all.</summary>
    private const int BundledTensorParallelSize = 2;

    private readonly NodeFlags _node = new(defaultPort: 0);
    private readonly EngineFlags _engine = new();
    private readonly HttpFlags _http = new();

    private readonly Option<int?> _tensorParallelSize = new("--tensor-parallel-size", "-tp")
    {
        Description = "How many cards share the model [default: 1; 2 for the bundled model]",
        HelpName = "N",
    };

    private readonly Option<int?> _dataParallelSize = new("--data-parallel-size", "-dp")
    {
        Description = "How many replicas serve the model, each on cards of its own [default: 1]",
        HelpName = "N",
    };

    private readonly Option<int> _nodeCount = new("--nnodes")
    {
        Description = "How many nodes to wait for before the cards are chosen",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string?> _dtype = new("--dtype")
    {
        Description = "auto follows the checkpoint; nothing is converted silently",
        HelpName = "D",
    };

    private readonly Option<string> _host = new("--host")
    {
        Description = "Address HTTP listens on",
        HelpName = "ADDRESS",
        DefaultValueFactory = _ => NodeOptions.Loopback,
    };

    private readonly Option<int> _port = new("--port")
    {
        Description = "Port HTTP listens on; 0 lets the system choose",
        HelpName = "PORT",
        DefaultValueFactory = _ => defaultPort,
    };

    private readonly Option<string?> _servedModelName = new("--served-model-name")
    {
        Description = "What clients name the model [default: MODEL as written]",
        HelpName = "NAME",
    };

    private readonly Option<int?> _maxModelLen = new("--max-model-len")
    {
        Description = "Longest sequence, in tokens [default: the model's own limit]",
        HelpName = "N",
    };

    private readonly Option<int?> _blockSize = new("--block-size")
    {
        Description = "Positions a KV block holds",
        HelpName = "N",
    };

    private readonly Option<double?> _memoryUtilization = new("--gpu-memory-utilization")
    {
        Description = "The part of a card's memory that may be used, over 0 to 1",
        HelpName = "X",
    };

    private readonly Option<ulong?> _seed = new("--seed")
    {
        Description = "Where the seeds of requests that bring none begin [default: a new place each time]",
        HelpName = "N",
    };

    private readonly Option<string?> _readyFile = new("--ready-file")
    {
        Description = "Receives {url, pid, workers} as JSON when the server answers",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _join = new("--join")
    {
        Description = "A node of the cluster to join; may be repeated. All nodes may get the same list, themselves included",
        HelpName = "HOST:PORT",
    };

    /// <summary>Adds the flags to a verb.</summary>
    internal void AddTo(Command command)
    {
        _dtype.AcceptOnlyFromAmong("auto", "float32", "bfloat16");
        _tensorParallelSize.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is { } size and not (1 or 2 or 4 or 8))
                result.AddError($"--tensor-parallel-size expects 1, 2, 4 or 8, came {size}");
        });
        _dataParallelSize.AddRange(1, ReplicaSettings.CountMax);
        _join.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => HostPort.Parse(token.Value) is null))
                result.AddError($"--join expects HOST:PORT, such as 10.0.0.1:4053; came `{token.Value}`");
        });
        _nodeCount.AddRange(1, 1024);
        _port.AddRange(0, ushort.MaxValue);
        _maxModelLen.AddRange(1, int.MaxValue);
        _blockSize.AddRange(1, 4096);
        _memoryUtilization.AddRange(0.01, 1.0);
        foreach (var option in new Option[]
                 {
                     _tensorParallelSize, _dataParallelSize, _dtype, _host, _port, _servedModelName, _maxModelLen, _blockSize,
                     _memoryUtilization, _seed, _nodeCount, _join, _readyFile,
                 })
            command.Add(option);
        _engine.AddTo(command);
        _http.AddTo(command);
        _node.AddTo(command);
    }

    /// <summary>What the user wrote.</summary>
    /// <param name="parsed">Without errors.</param>
    /// <param name="model">Null: the bundled one.</param>
    internal ServeOptions Read(ParseResult parsed, string? model) => new(
        model ?? ModelFolder.Bundled,
        parsed.GetValue(_servedModelName),
        parsed.GetValue(_tensorParallelSize) ?? (model is null ? BundledTensorParallelSize : null),
        parsed.GetRequiredValue(_nodeCount),
        parsed.GetValue(_dtype),
        parsed.GetValue(_maxModelLen),
        parsed.GetValue(_blockSize),
        parsed.GetValue(_memoryUtilization),
        parsed.GetValue(_seed),
        parsed.GetRequiredValue(_host),
        parsed.GetRequiredValue(_port),
        parsed.GetValue(_readyFile),
        _node.Read(parsed, [.. (parsed.GetValue(_join) ?? []).Select(HostPort.Parse).OfType<HostPort>()]),
        _engine.Read(parsed),
        _http.Read(parsed))
    {
        DataParallelSize = parsed.GetValue(_dataParallelSize),
    };
}
