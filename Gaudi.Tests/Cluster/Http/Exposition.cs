using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>
/// A strict reader of Prometheus' text format 0.0.4 that shares nothing with the writer: every line must have its place, every
/// name and label its form, every histogram its law.
/// </summary>
internal sealed partial class Exposition
{
    private readonly Dictionary<string, (string Type, string Help)> _families = [];
    private readonly List<(string Name, SortedDictionary<string, string> Labels, double Value)> _samples = [];

    private Exposition()
    {
    }

    /// <summary>Families by name, with type and help.</summary>
    internal IReadOnlyDictionary<string, (string Type, string Help)> Families => _families;

    /// <summary>Every sample, in order.</summary>
    internal IReadOnlyList<(string Name, SortedDictionary<string, string> Labels, double Value)> Samples => _samples;

    /// <summary>Reads a whole text; what is wrong fails the test and shows the line.</summary>
    internal static Exposition Read(string text)
    {
        var read = new Exposition();
        Assert.True(text.Length == 0 || text.EndsWith('\n'), "the last line has no end");
        var (family, help) = ("", "");
        foreach (var line in text.Split('\n')[..^1])
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                var parts = line[7..].Split(' ', 2);
                Assert.Matches(MetricName(), parts[0]);
                Assert.False(read._families.ContainsKey(parts[0]), $"family twice: {line}");
                (family, help) = (parts[0], Unescaped(parts[1], quotes: false));
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                var parts = line[7..].Split(' ');
                Assert.Equal(family, parts[0]);
                Assert.Contains(parts[1], new[] { "counter", "gauge", "histogram" });
                Assert.True(parts[1] != "counter" || family.EndsWith("_total", StringComparison.Ordinal), $"a counter's name: {line}");
                read._families.Add(family, (parts[1], help));
            }
            else
                read.TakeSample(family, line);
        }
        foreach (var (name, (type, _)) in read._families)
        {
            Assert.True(read._samples.Any(one => BelongsTo(one.Name, name, type)), $"{name} has no sample");
            if (type == "histogram")
                read.CheckHistogram(name);
        }
        var keys = read._samples.Select(one => one.Name + string.Join(',', one.Labels)).ToList();
        Assert.Equal(keys.Count, keys.Distinct().Count());
        return read;
    }

    /// <summary>The one sample of a name that has these labels among its own.</summary>
    internal double this[string name, params (string Name, string Value)[] labels] => Assert.Single(
        _samples, one => one.Name == name && labels.All(label => one.Labels.GetValueOrDefault(label.Name) == label.Value)).Value;

    private void TakeSample(string family, string line)
    {
        var match = Sample().Match(line);
        Assert.True(match.Success, $"no sample: {line}");
        var name = match.Groups["name"].Value;
        Assert.True(_families.TryGetValue(family, out var known) && BelongsTo(name, family, known.Type), $"not of {family}: {line}");
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var rest = match.Groups["labels"].Value;
        while (rest.Length > 0)
        {
            var label = Label().Match(rest);
            Assert.True(label.Success, $"labels: {line}");
            labels.Add(label.Groups["name"].Value, Unescaped(label.Groups["value"].Value, quotes: true));
            rest = rest[label.Length..];
        }
        var word = match.Groups["value"].Value;
        var value = word == "+Inf" ? double.PositiveInfinity : double.Parse(word, NumberStyles.Float, CultureInfo.InvariantCulture);
        Assert.True(double.IsFinite(value), line);
        Assert.True(known.Type == "gauge" || value >= 0, $"below zero: {line}");
        _samples.Add((name, labels, value));
    }

    private static bool BelongsTo(string sample, string family, string type) => type == "histogram"
        ? sample == family + "_bucket" || sample == family + "_sum" || sample == family + "_count"
        : sample == family;

    private void CheckHistogram(string name)
    {
        foreach (var group in _samples.Where(one => one.Name == name + "_bucket").GroupBy(one => Without(one.Labels)))
        {
            var bounds = group.Select(one => one.Labels["le"] == "+Inf"
                ? double.PositiveInfinity
                : double.Parse(one.Labels["le"], CultureInfo.InvariantCulture)).ToList();
            Assert.Equal(bounds.Order().Distinct(), bounds);
            Assert.Equal(double.PositiveInfinity, bounds[^1]);
            var counts = group.Select(one => one.Value).ToList();
            Assert.Equal(counts.Order(), counts);
            Assert.Equal(counts[^1], Assert.Single(_samples, one => one.Name == name + "_count" && Without(one.Labels) == group.Key).Value);
            Assert.Single(_samples, one => one.Name == name + "_sum" && Without(one.Labels) == group.Key);
        }
    }

    private static string Without(SortedDictionary<string, string> labels) =>
        string.Join(',', labels.Where(label => label.Key != "le").Select(label => $"{label.Key}={label.Value}"));

    private static string Unescaped(string text, bool quotes)
    {
        var read = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                read.Append(text[i]);
                continue;
            }
            i++;
            Assert.True(i < text.Length && (text[i] is '\\' or 'n' || (quotes && text[i] == '"')), $"an unknown escape in {text}");
            read.Append(text[i] == 'n' ? '\n' : text[i]);
        }
        return read.ToString();
    }

    [GeneratedRegex("^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
    private static partial Regex MetricName();

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>([a-zA-Z_][a-zA-Z0-9_]*="(\\.|[^"\\])*",?)*)\})? (?<value>[^ ]+)$""")]
    private static partial Regex Sample();

    [GeneratedRegex("""^(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>(\\.|[^"\\])*)"(,(?=[a-zA-Z_])|$)""")]
    private static partial Regex Label();
}
