using System.Runtime.CompilerServices;
using System.Text;

namespace Gaudi.Hpu;

/// <summary>Builds the text of an <see cref="Invariant"/> only when the condition is false.</summary>
[InterpolatedStringHandler]
public readonly ref struct InvariantMessage
{
    private readonly StringBuilder? _text;

    /// <summary>Called by the compiler.</summary>
    public InvariantMessage(int literalLength, int formattedCount, bool holds, out bool enabled)
    {
        enabled = !holds;
        _text = enabled ? new StringBuilder(literalLength + formattedCount * 8) : null;
    }

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string text) => _text!.Append(text);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value) => _text!.Append(value);

    internal string ToText() => _text?.ToString() ?? "";
}
