using System.Globalization;
using System.Text.RegularExpressions;

namespace Gaudi.Tests.Storm;

/// <summary>Reads what nodes say of their group into the history.</summary>
/// <param name="history">Told every line, and what it means.</param>
internal sealed partial class GroupWatch(StormHistory history)
{
    /// <summary>Takes a line of a node.</summary>
    internal void Take(NodeProcess node, string line)
    {
        history.Add(StormEventKind.Line, said => said with { Node = node.Name, Text = line });
        if (Epoch().Match(line) is { Success: true } match)
        {
            var epoch = long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
            history.Add(
                match.Groups[1].Value == "serves" ? StormEventKind.Serves : StormEventKind.Forms,
                said => said with { Node = node.Name, Epoch = epoch });
        }
        else if (Waits().Match(line) is { Success: true } waits)
            history.Add(StormEventKind.Waits, said => said with { Node = node.Name, Text = waits.Groups[1].Value });
    }

    [GeneratedRegex(@"^group +\S+ (serves|forms), epoch (\d+):")]
    private static partial Regex Epoch();

    [GeneratedRegex(@"^group +\S+ waits: (.*)$")]
    private static partial Regex Waits();
}
