using System.Text;

namespace Gaudi.Actors.Text.Decoders;

/// <summary>The end of the chain: collects final text until it is taken.</summary>
internal sealed class TextSink : ITokenSink
{
    private readonly StringBuilder _text = new();

    /// <inheritdoc/>
    public void Write(string text) => _text.Append(text);

    /// <inheritdoc/>
    public void EndToken()
    {
    }

    /// <inheritdoc/>
    public void Finish()
    {
    }

    /// <summary>The text since the last take.</summary>
    public string Take()
    {
        if (_text.Length == 0)
        {
            return "";
        }

        var text = _text.ToString();
        _text.Clear();
        return text;
    }
}
