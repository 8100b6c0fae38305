using System.CommandLine;
using Gaudi.Actors.Settings;
using Gaudi.Cluster.Node;

namespace Gaudi.Cluster.Commands;

/// <summary>The flags of `serve` that decide what requests may ask for, named as vLLM names them.</summary>
internal sealed class HttpFlags
{
    private readonly Option<string?> _toolCallFormat = new("--tool-call-parser")
    {
        Description = "How the model writes calls of tools: hermes (also Qwen) or llama3_json",
        HelpName = "FORMAT",
    };

    private readonly FlagPair _choosesTools =
        new("enable-auto-tool-choice", "Let the model decide whether it calls a tool; needs --tool-call-parser");

    private readonly FlagPair _trustsRequestTemplates =
        new("trust-request-chat-template", "Let a request bring a chat template of its own");

    private readonly Option<bool> _isSilent = new("--disable-log-stats")
    {
        Description = "No line from time to time about what the engine does",
    };

    private readonly Option<double?> _drainSeconds = new("--shutdown-timeout")
    {
        Description = "How long a stop waits for accepted requests, in seconds; 0 ends them at once",
        HelpName = "S",
    };

    private readonly Option<string[]> _mediaDomains = new("--allowed-media-domains")
    {
        Description = "Hosts from which images are fetched that a request names by address [default: none]",
        HelpName = "HOST",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string[]> _apiKeys = new("--api-key")
    {
        Description = "A key of which requests need one, for all but /health, /ping, /livez and /readyz; may be repeated "
            + $"[default: {ProcessEnvironment.ApiKeyName}]",
        HelpName = "KEY",
    };

    private readonly TextListOption _allowedOrigins =
        new("--allowed-origins", "Origins whose pages may read answers in a browser [default: [\"*\"]]");

    private readonly TextListOption _allowedMethods = new("--allowed-methods", "Methods they may use [default: [\"*\"]]");

    private readonly TextListOption _allowedHeaders = new("--allowed-headers", "Headers they may send [default: [\"*\"]]");

    private readonly FlagPair _allowsCredentials = new("allow-credentials", "Let browsers send cookies and the like along");

    /// <summary>Adds the flags to a verb.</summary>
    internal void AddTo(Command command)
    {
        _toolCallFormat.AcceptOnlyFromAmong("hermes", "llama3_json");
        _apiKeys.AddKeyCheck();
        _drainSeconds.AddRange(0.0, 86_400.0);
        command.Add(_toolCallFormat);
        command.Add(_drainSeconds);
        command.Add(_isSilent);
        command.Add(_apiKeys);
        foreach (var list in new[] { _allowedOrigins, _allowedMethods, _allowedHeaders })
            list.AddTo(command);
        _allowsCredentials.AddTo(command);
        command.Add(_mediaDomains);
        _choosesTools.AddTo(command);
        _trustsRequestTemplates.AddTo(command);
    }

    /// <summary>What the user wrote.</summary>
    /// <param name="parsed">Without errors.</param>
    internal HttpOptions Read(ParseResult parsed) => new(
        parsed.GetValue(_toolCallFormat), _choosesTools.Read(parsed), _trustsRequestTemplates.Read(parsed),
        [.. parsed.GetValue(_apiKeys) ?? []])
    {
        AllowedOrigins = _allowedOrigins.Read(parsed),
        AllowedMethods = _allowedMethods.Read(parsed),
        AllowedHeaders = _allowedHeaders.Read(parsed),
        AllowsCredentials = _allowsCredentials.Read(parsed),
        IsSilent = parsed.GetValue(_isSilent),
        DrainSeconds = parsed.GetValue(_drainSeconds),
        MediaDomains = parsed.GetValue(_mediaDomains) is { Length: > 0 } domains ? [.. domains] : null,
    };
}
