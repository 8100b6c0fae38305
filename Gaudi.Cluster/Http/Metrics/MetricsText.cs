using System.Globalization;
using System.Text;

namespace Gaudi.Cluster.Http.Metrics;

/// <summary>
/// Writes metrics as Prometheus reads them: a family's HELP and TYPE lines, then its samples. A family without a sample is
/// left out. Not thread-safe.
/// </summary>
/// <remarks>Source: Prometheus text exposition format 0.0.4. Names with a colon are vLLM's.</remarks>
internal sealed class MetricsText
{
    /// <summary>The header that names the format.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();
    private string _family = "";
    private string _head = "";

    /// <summary>Begins a family of values that go up and down.</summary>
    public MetricsText Gauge(string name, string help) => Family(name, "gauge", help);

    /// <summary>Begins a family of values that only grow, but for a restart; its name ends in _total.</summary>
    public MetricsText Counter(string name, string help) => Family(name, "counter", help);

    /// <summary>Begins a family of spreads of values.</summary>
    public MetricsText Histogram(string name, string help) => Family(name, "histogram", help);

    /// <summary>A sample of the family begun last.</summary>
    /// <param name="value">Finite.</param>
    /// <param name="labels">In the order they are written; values may hold any text.</param>
    public MetricsText Sample(double value, params ReadOnlySpan<(string Name, string Value)> labels) => Line("", value, labels);

    /// <summary>A spread of the family begun last: every range with those below it, then sum and count.</summary>
    public MetricsText Sample(HistogramValues values, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var count = 0L;
        for (var i = 0; i < values.Counts.Length; i++)
        {
            count += values.Counts[i];
            var bound = i < values.Bounds.Length ? Number(values.Bounds[i]) : "+Inf";
            Line("_bucket", count, [.. labels, ("le", bound)]);
        }
        Line("_sum", values.Sum, labels);
        return Line("_count", count, labels);
    }

    /// <summary>Everything written so far, in UTF-8.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(_text.ToString());

    private MetricsText Line(string suffix, double value, ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(_head).Append(_family).Append(suffix);
        _head = "";
        for (var index = 0; index < labels.Length; index++)
        {
            _text.Append(index == 0 ? '{' : ',').Append(labels[index].Name).Append("=\"").Append(Escaped(labels[index].Value)).Append('"');
        }
        _text.Append(labels.IsEmpty ? " " : "} ").Append(Number(value)).Append('\n');
        return this;
    }

    private MetricsText Family(string name, string type, string help)
    {
        _family = name;
        _head = $"# HELP {name} {help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\n"
            + $"# TYPE {name} {type}\n";
        return this;
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escaped(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);
}
