using System.CommandLine;

namespace Gaudi.Cluster.Commands;

/// <summary>`--NAME` and `--no-NAME`: on, off, or neither.</summary>
internal sealed class FlagPair
{
    private readonly Option<bool> _on;
    private readonly Option<bool> _off;

    internal FlagPair(string name, string description)
    {
        _on = new Option<bool>($"--{name}") { Description = description };
        _off = new Option<bool>($"--no-{name}") { Description = $"The opposite of --{name}" };
    }

    /// <summary>Adds both to a verb; together they are refused.</summary>
    internal void AddTo(Command command)
    {
        command.Add(_on);
        command.Add(_off);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_on) && result.GetValue(_off))
                result.AddError($"{_on.Name} and {_off.Name} exclude each other");
        });
    }

    /// <summary>What the user wrote; null where neither.</summary>
    internal bool? Read(ParseResult parsed) => parsed.GetValue(_on) ? true : parsed.GetValue(_off) ? false : null;
}
