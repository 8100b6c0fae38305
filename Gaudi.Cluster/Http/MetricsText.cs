using System.Globalization;
using System.Text;

namespace Gaudi.Cluster.Http;

/// <summary>
/// Writes metrics as Prometheus reads them: a family's HELP and TYPE lines, then its samples. Not thread-safe.
/// </summary>
/// <remarks>Source: Prometheus text exposition format 0.0.4. Names with a colon are vLLM's.</remarks>
internal sealed class MetricsText
{
    /// <summary>The header that names the format.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();
    private string _family = "";

    /// <summary>Begins a family of values that go up and down.</summary>
    public MetricsText Gauge(string name, string help) => Family(name, "gauge", help);

    /// <summary>Begins a family of values that only grow, but for a restart.</summary>
    public MetricsText Counter(string name, string help) => Family(name, "counter", help);

    /// <summary>A sample of the family begun last.</summary>
    /// <param name="value">Finite.</param>
    /// <param name="labels">In the order they are written; values may hold any text.</param>
    public MetricsText Sample(double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(_family).Append('{');
        for (var index = 0; index < labels.Length; index++)
        {
            _text.Append(index == 0 ? "" : ",").Append(labels[index].Name).Append("=\"").Append(Escaped(labels[index].Value)).Append('"');
        }
        _text.Append("} ").Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        return this;
    }

    /// <summary>Everything written so far, in UTF-8.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(_text.ToString());

    private MetricsText Family(string name, string type, string help)
    {
        _family = name;
        _text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n')
            .Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        return this;
    }

    private static string Escaped(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);
}
