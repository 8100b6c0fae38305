using System.Text;

namespace Gaudi.Actors.Text.Decoders;

/// <summary>A stage that needs each token whole: it collects the parts and then calls <see cref="Take"/>.</summary>
internal abstract class WholeTokenSink(ITokenSink next) : ITokenSink
{
    private readonly StringBuilder _parts = new();

    /// <summary>Where the output goes.</summary>
    protected ITokenSink Next { get; } = next;

    /// <inheritdoc/>
    public void Write(string text) => _parts.Append(text);

    /// <inheritdoc/>
    public void EndToken()
    {
        var token = _parts.ToString();
        _parts.Clear();
        Take(token);
    }

    /// <inheritdoc/>
    public virtual void Finish() => Next.Finish();

    /// <summary>Handles one complete token.</summary>
    protected abstract void Take(string token);

    /// <summary>Passes on one complete token.</summary>
    protected void Pass(string token)
    {
        Next.Write(token);
        Next.EndToken();
    }
}
