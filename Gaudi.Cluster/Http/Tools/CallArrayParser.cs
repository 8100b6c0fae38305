using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Gaudi.Cluster.Http.Tools;

/// <summary>
/// Reads what `tool_choice` required makes the model write: `[{"name": ..., "parameters": {...}}, ...]`. A constraint holds the
/// form, so arguments are given out while they grow. From the first character on that does not fit, all is content.
/// </summary>
/// <param name="areParallel">Off: calls after the first are left out.</param>
internal sealed partial class CallArrayParser(bool areParallel) : IToolCallParser
{
    private readonly PartList _parts = new(areParallel);
    private readonly StringBuilder _held = new();
    private readonly StringBuilder _arguments = new();
    private Place _place = Place.Start;
    private ObjectScan _scan = new();

    private enum Place
    {
        Start,
        BeforeObject,
        InHead,
        InArguments,
        BehindArguments,
        BehindObject,
        Content,
    }

    /// <inheritdoc/>
    public ImmutableArray<AnswerPart> Push(string text)
    {
        foreach (var character in text)
            Take(character);
        GrowCall();
        return _parts.Take();
    }

    /// <inheritdoc/>
    public ImmutableArray<AnswerPart> End()
    {
        _parts.Text(_held + (_place == Place.InHead ? _scan.Text : ""));
        _parts.End();
        return _parts.Take();
    }

    private void Take(char character)
    {
        var fits = _place switch
        {
            Place.InHead => TakeInHead(character),
            Place.InArguments => TakeInArguments(character),
            Place.Content => false,
            _ => TakeBetween(character),
        };
        if (fits)
            return;
        GrowCall();
        _parts.Text(_held.ToString());
        _parts.Text(character);
        _held.Clear();
        _place = Place.Content;
    }

    // Where a mark of the array stands, or blanks before it.
    private bool TakeBetween(char character)
    {
        if (!char.IsWhiteSpace(character))
        {
            if (Behind(character) is not { } next)
                return false;
            if (next == Place.InHead)
                return BeginHead(character);
            _place = next;
        }
        _held.Append(character);
        // What closes a call, or the array, is no content whatever follows.
        if (character is '}' or ']')
            _held.Clear();
        return true;
    }

    private Place? Behind(char mark) => (_place, mark) switch
    {
        (Place.Start, '[') => Place.BeforeObject,
        (Place.BeforeObject, '{') => Place.InHead,
        (Place.BehindArguments, '}') => Place.BehindObject,
        (Place.BehindObject, ',') => Place.BeforeObject,
        (Place.BehindObject, ']') => Place.Content,
        _ => null,
    };

    private bool BeginHead(char brace)
    {
        _scan = new ObjectScan();
        _scan.Push(brace);
        _place = Place.InHead;
        return true;
    }

    private bool TakeInHead(char character)
    {
        var outcome = _scan.Push(character);
        if (outcome == ObjectScan.Outcome.Open && (character != '{' || !Head().IsMatch(_scan.Text)))
            return true;
        if (outcome == ObjectScan.Outcome.Open && FunctionIn(_scan.Text) is { } function)
        {
            _held.Clear();
            _parts.Begin(function);
            _scan = new ObjectScan();
            _place = Place.InArguments;
            return TakeInArguments(character);
        }
        // Unless it is the one that broke the object, the last character comes again as the one that does not fit.
        _held.Append(outcome == ObjectScan.Outcome.Broken ? _scan.Text : _scan.Text[..^1]);
        return false;
    }

    private bool TakeInArguments(char character)
    {
        var outcome = _scan.Push(character);
        if (outcome == ObjectScan.Outcome.Broken)
            return false;
        _arguments.Append(character);
        if (outcome == ObjectScan.Outcome.Closed)
        {
            GrowCall();
            _place = Place.BehindArguments;
        }
        return true;
    }

    private void GrowCall()
    {
        _parts.Grow(_arguments.ToString());
        _arguments.Clear();
    }

    private static string? FunctionIn(string head)
    {
        try
        {
            return StrictJson.Parse(Head().Match(head).Groups[1].Value).GetString() is { Length: > 0 } name ? name : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [GeneratedRegex("""^\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"(?:parameters|arguments)"\s*:\s*\{$""", RegexOptions.CultureInvariant)]
    private static partial Regex Head();
}
