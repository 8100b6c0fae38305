using System.Text;

namespace Gaudi.Cluster.Disaggregation;

/// <summary>The lines of one of several nodes: each begins with its name.</summary>
/// <param name="target">Where they go.</param>
/// <param name="name">Such as prefill.</param>
internal sealed class NamedLines(TextWriter target, string name) : TextWriter
{
    /// <inheritdoc />
    public override Encoding Encoding => target.Encoding;

    /// <inheritdoc />
    public override void Write(char value) => target.Write(value);

    /// <inheritdoc />
    public override void Write(string? value) => target.Write(value);

    /// <inheritdoc />
    public override void WriteLine(string? value) => target.WriteLine($"[{name}] {value}");

    /// <inheritdoc />
    public override void Flush() => target.Flush();
}
