using System.Collections.Immutable;
using System.Text;

namespace Gaudi.Cluster.Http.Tools;

/// <summary>
/// The format of Hermes and Qwen models: text, and in it any number of
/// `&lt;tool_call&gt;{"name": ..., "arguments": {...}}&lt;/tool_call&gt;`. The last closing tag may be missing.
/// </summary>
/// <param name="areParallel">Off: calls after the first are left out.</param>
internal sealed class TaggedCallParser(bool areParallel) : IToolCallParser
{
    private const string OpeningTag = "<tool_call>";
    private const string ClosingTag = "</tool_call>";

    private readonly PartList _parts = new(areParallel);
    private readonly StringBuilder _held = new();
    private Place _place = Place.Content;
    private ObjectScan _scan = new();
    private ToolCall? _call;
    private int _tagLength;

    private enum Place
    {
        Content,
        BeforeObject,
        InObject,
        BehindObject,
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
        if (_place == Place.BehindObject)
            CloseCall();
        else
            _parts.Text(_held + (_place == Place.InObject ? _scan.Text : OpeningTag[.._tagLength]));
        _parts.End();
        return _parts.Take();
    }

    private void Take(char character)
    {
        var isTaken = _place switch
        {
            Place.Content => TakeContent(character),
            Place.BeforeObject => TakeBeforeObject(character),
            Place.InObject => TakeInObject(character),
            _ => TakeBehindObject(character),
        };
        // What is not taken broke a call, so it is looked at again as content, once.
        if (!isTaken)
            Take(character);
    }

    private bool TakeContent(char character)
    {
        if (character == OpeningTag[_tagLength])
        {
            if (++_tagLength == OpeningTag.Length)
                Go(Place.BeforeObject, OpeningTag);
            return true;
        }
        if (_tagLength == 0)
        {
            _parts.Text(character);
            return true;
        }
        _parts.Text(OpeningTag[.._tagLength]);
        _tagLength = 0;
        return false;
    }

    private bool TakeBeforeObject(char character)
    {
        if (char.IsWhiteSpace(character))
        {
            _held.Append(character);
            return true;
        }
        if (character != '{')
            return GiveUp();
        _scan = new ObjectScan();
        _place = Place.InObject;
        return TakeInObject(character);
    }

    private bool TakeInObject(char character)
    {
        var outcome = _scan.Push(character);
        if (outcome == ObjectScan.Outcome.Open)
            return true;
        var text = _scan.Text;
        _call = outcome == ObjectScan.Outcome.Closed ? ToolCall.Read(text) : null;
        Go(Place.BehindObject, text);
        if (_call is null)
            GiveUp();
        return outcome == ObjectScan.Outcome.Closed;
    }

    private bool TakeBehindObject(char character)
    {
        if (_tagLength == 0 && char.IsWhiteSpace(character))
        {
            _held.Append(character);
            return true;
        }
        if (character == ClosingTag[_tagLength])
        {
            if (++_tagLength == ClosingTag.Length)
                CloseCall();
            return true;
        }
        var begun = ClosingTag[.._tagLength];
        GiveUp();
        foreach (var earlier in begun)
            Take(earlier);
        return false;
    }

    private void Go(Place place, string held)
    {
        _held.Append(held);
        (_place, _tagLength) = (place, 0);
    }

    private void CloseCall()
    {
        _parts.Call(_call!);
        _held.Clear();
        Go(Place.Content, "");
    }

    /// <summary>No call after all.</summary>
    private bool GiveUp()
    {
        _parts.Text(_held.ToString());
        _held.Clear();
        Go(Place.Content, "");
        return false;
    }
}
