using System.Collections.Immutable;
using System.Text;

namespace Gaudi.Cluster.Http.Tools;

/// <summary>
/// The format of Llama 3: the answer is calls, `{"name": ..., "parameters": {...}}; {...}`, perhaps behind `&lt;|python_tag|&gt;`.
/// From the first character on that does not fit, all is content.
/// </summary>
/// <param name="areParallel">Off: calls after the first are left out.</param>
internal sealed class CallListParser(bool areParallel) : IToolCallParser
{
    private const string Opening = "<|python_tag|>";
    private const char Separator = ';';

    private readonly PartList _parts = new(areParallel);
    private readonly StringBuilder _held = new();
    private Place _place = Place.Start;
    private ObjectScan _scan = new();
    private int _openingLength;

    private enum Place
    {
        Start,
        BeforeObject,
        InObject,
        BehindObject,
        Content,
    }

    /// <inheritdoc/>
    public ImmutableArray<AnswerPart> Push(string text)
    {
        foreach (var character in text)
            Take(character);
        return _parts.Take();
    }

    /// <inheritdoc/>
    public ImmutableArray<AnswerPart> End()
    {
        _parts.Text(_held + (_place == Place.InObject ? _scan.Text : ""));
        _parts.End();
        return _parts.Take();
    }

    private void Take(char character)
    {
        var fits = _place switch
        {
            Place.Start => TakeAtStart(character),
            Place.BeforeObject => TakeBeforeObject(character),
            Place.InObject => TakeInObject(character),
            Place.BehindObject => TakeBehindObject(character),
            _ => false,
        };
        if (fits)
            return;
        _place = Place.Content;
        _parts.Text(_held.ToString());
        _parts.Text(character);
        _held.Clear();
    }

    private bool TakeAtStart(char character)
    {
        if (_openingLength == 0 && char.IsWhiteSpace(character))
            return Hold(character);
        if (character != Opening[_openingLength])
            return _openingLength == 0 && TakeBeforeObject(character);
        if (++_openingLength == Opening.Length)
            _place = Place.BeforeObject;
        return Hold(character);
    }

    private bool TakeBeforeObject(char character)
    {
        if (char.IsWhiteSpace(character))
            return Hold(character);
        if (character != '{')
            return false;
        _scan = new ObjectScan();
        _place = Place.InObject;
        return TakeInObject(character);
    }

    private bool TakeInObject(char character)
    {
        var outcome = _scan.Push(character);
        if (outcome == ObjectScan.Outcome.Open)
            return true;
        if (outcome == ObjectScan.Outcome.Broken || ToolCall.Read(_scan.Text) is not { } call)
        {
            // The closing brace, when there is one, comes again as the character that does not fit.
            var text = _scan.Text;
            _held.Append(outcome == ObjectScan.Outcome.Broken ? text : text[..^1]);
            return false;
        }
        _parts.Call(call);
        _held.Clear();
        _place = Place.BehindObject;
        return true;
    }

    private bool TakeBehindObject(char character)
    {
        if (char.IsWhiteSpace(character))
            return Hold(character);
        if (character != Separator)
            return false;
        _place = Place.BeforeObject;
        return Hold(character);
    }

    private bool Hold(char character)
    {
        _held.Append(character);
        return true;
    }
}
