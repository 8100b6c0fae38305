using System.Text;

namespace Gaudi.Cluster.Http.Tools;

/// <summary>
/// Finds the end of a JSON object, one character at a time, and soon sees what cannot be one. It counts brackets and
/// quotes alone: whether the text is JSON, a parser says in the end.
/// </summary>
internal sealed class ObjectScan
{
    private const string OutsideStrings = "{}[]:,\" \t\r\n+-.0123456789eEtrufalsn";

    private readonly StringBuilder _text = new();
    private int _depth;
    private bool _isInString;
    private bool _isEscaped;

    /// <summary>What a character did.</summary>
    internal enum Outcome
    {
        /// <summary>The object goes on.</summary>
        Open,

        /// <summary>The object is complete with this character.</summary>
        Closed,

        /// <summary>No object has this character here; it was not taken.</summary>
        Broken,
    }

    /// <summary>All that was taken.</summary>
    public string Text => _text.ToString();

    /// <summary>Takes a character; the first must be the opening brace.</summary>
    public Outcome Push(char character)
    {
        if (_isInString ? character < ' ' : !OutsideStrings.Contains(character, StringComparison.Ordinal))
            return Outcome.Broken;
        _text.Append(character);
        if (_isInString)
            TakeInString(character);
        else
            Take(character);
        return _depth == 0 ? Outcome.Closed : Outcome.Open;
    }

    private void TakeInString(char character)
    {
        _isInString = _isEscaped || character != '"';
        _isEscaped = !_isEscaped && character == '\\';
    }

    private void Take(char character)
    {
        _isInString = character == '"';
        _depth += character switch
        {
            '{' or '[' => 1,
            '}' or ']' => -1,
            _ => 0,
        };
    }
}
