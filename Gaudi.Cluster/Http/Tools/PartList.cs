using System.Collections.Immutable;
using System.Text;

namespace Gaudi.Cluster.Http.Tools;

/// <summary>
/// Puts the parts of an answer together. Blanks before a call, between calls and after the last one belong to the calls'
/// form, not to the content; all others are kept.
/// </summary>
/// <param name="areParallel">Off: calls after the first are left out.</param>
internal sealed class PartList(bool areParallel)
{
    private readonly ImmutableArray<AnswerPart>.Builder _parts = ImmutableArray.CreateBuilder<AnswerPart>();
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _blanks = new();
    private bool _isBesideCall = true;
    private bool _hasCall;
    private bool _isCallKept;

    /// <summary>Adds content.</summary>
    public void Text(string text)
    {
        foreach (var character in text)
            Text(character);
    }

    /// <summary>Adds a character of content.</summary>
    public void Text(char character)
    {
        if (_isBesideCall && char.IsWhiteSpace(character))
        {
            _blanks.Append(character);
            return;
        }
        KeepBlanks();
        _isBesideCall = false;
        _text.Append(character);
    }

    /// <summary>Adds a call.</summary>
    public void Call(ToolCall call)
    {
        Begin(call.Name);
        Grow(call.Arguments);
    }

    /// <summary>Begins a call.</summary>
    public void Begin(string function)
    {
        _blanks.Clear();
        CloseText();
        _isCallKept = areParallel || !_hasCall;
        if (_isCallKept)
            _parts.Add(new AnswerPart.CallBegun(function));
        _isBesideCall = _hasCall = true;
    }

    /// <summary>Adds to the arguments of the call that was begun last, before any text behind it.</summary>
    public void Grow(string arguments)
    {
        if (_isCallKept && arguments != "")
            _parts.Add(new AnswerPart.ArgumentsGrew(arguments));
    }

    /// <summary>Nothing follows.</summary>
    public void End()
    {
        if (!_hasCall)
            KeepBlanks();
    }

    /// <summary>What was added since the last time.</summary>
    public ImmutableArray<AnswerPart> Take()
    {
        CloseText();
        var parts = _parts.ToImmutable();
        _parts.Clear();
        return parts;
    }

    private void KeepBlanks()
    {
        _text.Append(_blanks);
        _blanks.Clear();
    }

    private void CloseText()
    {
        if (_text.Length == 0)
            return;
        _parts.Add(new AnswerPart.Content(_text.ToString()));
        _text.Clear();
    }
}
