using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>The flags of every verb that starts a node.</summary>
/// <param name="defaultPort">The cluster port where none is given.</param>
internal sealed class NodeFlags(int defaultPort)
{
    private readonly Option<string> _clusterHost = new("--cluster-host")
    {
        Description = "Address the cluster's members reach this node at",
        HelpName = "ADDRESS",
        DefaultValueFactory = _ => NodeOptions.Loopback,
    };

    private readonly Option<int> _clusterPort = new("--cluster-port")
    {
        Description = "Port of the cluster on this node; 0 lets the system choose",
        HelpName = "PORT",
        DefaultValueFactory = _ => defaultPort,
    };

    private readonly Option<string> _cards = new("--cards")
    {
        Description = "How many cards of this machine to use: a number, or auto for all",
        HelpName = "N|auto",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<int?> _spares = new("--spares")
    {
        Description = "Warm spares: workers beyond those needed, which take the place of one that is lost",
        HelpName = "N",
    };

    private readonly Option<string?> _settingsFile = new("--config")
    {
        Description = "HOCON file laid over hocon/reference.conf",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _settings = new("--set")
    {
        Description = "One setting of hocon/reference.conf; may be repeated",
        HelpName = "KEY=VALUE",
    };

    private readonly Option<string?> _eventLog = new("--event-log")
    {
        Description = "File to append what happens to, one JSON object a line",
        HelpName = "FILE",
    };

    /// <summary>Adds the flags to a verb.</summary>
    internal void AddTo(Command command)
    {
        _clusterPort.AddRange(0, ushort.MaxValue);
        _spares.AddRange(0, 1024);
        _cards.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && token.Value != "auto" && CardCount(token.Value) is null)
                result.AddError($"--cards expects a number from 1 on, or auto; came `{token.Value}`");
        });
        _settings.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value.IndexOf('=', StringComparison.Ordinal) < 1))
                result.AddError($"--set expects KEY=VALUE, such as gaudi.cards.simulate.generation=gaudi3; came `{token.Value}`");
        });
        foreach (var option in new Option[] { _clusterHost, _clusterPort, _cards, _spares, _settingsFile, _settings, _eventLog })
            command.Add(option);
    }

    /// <summary>What the user wrote.</summary>
    /// <param name="parsed">Without errors.</param>
    /// <param name="seeds">Nodes to join.</param>
    internal NodeOptions Read(ParseResult parsed, ImmutableArray<HostPort> seeds) => new(
        parsed.GetRequiredValue(_clusterHost), parsed.GetRequiredValue(_clusterPort), seeds,
        CardCount(parsed.GetRequiredValue(_cards)), parsed.GetValue(_settingsFile),
        [.. parsed.GetValue(_settings) ?? [], .. EventLog(parsed.GetValue(_eventLog))])
    {
        SpareCount = parsed.GetValue(_spares),
    };

    private static string[] EventLog(string? file) =>
        file is null ? [] : [$"gaudi.events.file={JsonSerializer.Serialize(file)}"];

    private static int? CardCount(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count : null;
}
