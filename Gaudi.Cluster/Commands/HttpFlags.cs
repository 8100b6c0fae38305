using System.CommandLine;
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

    /// <summary>Adds the flags to a verb.</summary>
    internal void AddTo(Command command)
    {
        _toolCallFormat.AcceptOnlyFromAmong("hermes", "llama3_json");
        command.Add(_toolCallFormat);
        _choosesTools.AddTo(command);
    }

    /// <summary>What the user wrote.</summary>
    /// <param name="parsed">Without errors.</param>
    internal HttpOptions Read(ParseResult parsed) => new(parsed.GetValue(_toolCallFormat), _choosesTools.Read(parsed));
}
