using System.Collections.Immutable;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Gaudi.Cluster.Node;

/// <summary>What a node serves, in lines that another can compare. Pure.</summary>
internal static class ServedLines
{
    private const int ToldMax = 3;

    // What decides an answer. Folders may lie elsewhere on another machine: their contents are in the digest.
    private static readonly string[] Sections =
        ["gaudi.model", "gaudi.group.tensor-parallel-size", "gaudi.scheduler", "gaudi.speculative", "gaudi.lora", "gaudi.kv-transfer"];

    private static readonly string[] Own = ["gaudi.speculative.model", "gaudi.lora.modules", "gaudi.kv-transfer.engine-id",
        "gaudi.kv-transfer.side-channel-host", "gaudi.kv-transfer.side-channel-port"];

    /// <summary>`KEY = VALUE`, sorted by key.</summary>
    /// <param name="model">The name clients use.</param>
    /// <param name="digest">Of the model's files.</param>
    /// <param name="settings">The whole chain.</param>
    internal static ImmutableArray<string> Of(string model, string digest, Config settings) =>
    [
        .. Sections.SelectMany(section => Leaves(settings.GetValue(section), section))
            .Where(leaf => !Own.Contains(leaf.Key))
            .Select(leaf => $"{leaf.Key} = {leaf.Value}")
            .Append($"model = {model}")
            .Append($"model digest = {digest}")
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>In words, what another has where this node has something else; null where they agree.</summary>
    internal static string? Difference(ImmutableArray<string> mine, ImmutableArray<string> theirs)
    {
        List<string> differences =
        [
            .. theirs.Except(mine, StringComparer.Ordinal).Select(line => $"it has {line} and this node {SameKey(line, mine)}"),
            .. mine.Except(theirs, StringComparer.Ordinal).Where(line => Find(line, theirs) is null)
                .Select(line => $"this node has {line} and it knows no such key"),
        ];
        var told = string.Join("; ", differences.Take(ToldMax));
        return differences.Count == 0 ? null : told + (differences.Count > ToldMax ? $"; and {differences.Count - ToldMax} more" : "");
    }

    private static string SameKey(string line, ImmutableArray<string> lines) =>
        Find(line, lines) is { } found ? found[(found.IndexOf(" = ", StringComparison.Ordinal) + 3)..] : "knows no such key";

    private static string? Find(string line, ImmutableArray<string> lines)
    {
        var key = line[..(line.IndexOf(" = ", StringComparison.Ordinal) + 3)];
        return lines.FirstOrDefault(other => other.StartsWith(key, StringComparison.Ordinal));
    }

    private static IEnumerable<(string Key, string Value)> Leaves(HoconValue value, string path) => value.IsObject()
        ? value.GetObject().Items.SelectMany(entry => Leaves(entry.Value, $"{path}.{entry.Key}"))
        : [(path, value.IsArray() ? string.Join(", ", value.GetStringList()) : value.GetString())];
}
