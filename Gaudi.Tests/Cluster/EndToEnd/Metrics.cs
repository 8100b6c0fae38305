using System.Globalization;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>One look at a server's GET /metrics.</summary>
internal sealed class Metrics
{
    private readonly string[] _lines;

    private Metrics(string text) => _lines = text.Split('\n');

    internal static async Task<Metrics> ReadAsync(ServerProcess server) =>
        new(await server.Client.GetStringAsync("/metrics"));

    /// <summary>Each value by its labels.</summary>
    internal Dictionary<string, double> Each(string name) => _lines
        .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal))
        .ToDictionary(
            line => line[(name.Length + 1)..line.LastIndexOf('}')],
            line => double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture));

    /// <summary>The sum over all labels.</summary>
    internal double this[string name]
    {
        get
        {
            var values = _lines
                .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal))
                .Select(line => double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture)).ToList();
            return values.Count > 0 ? values.Sum() : throw new KeyNotFoundException($"no {name} in\n{string.Join('\n', _lines)}");
        }
    }
}
