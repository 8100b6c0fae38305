namespace Gaudi.Actors.Text.Jinja;

/// <summary>What a token of a template is.</summary>
internal enum TokenKind
{
    /// <summary>Text to output as it is.</summary>
    Text,

    /// <summary>The sign that opens an output expression.</summary>
    OutputBegin,

    /// <summary>The sign that closes an output expression.</summary>
    OutputEnd,

    /// <summary>The sign that opens a statement.</summary>
    BlockBegin,

    /// <summary>The sign that closes a statement.</summary>
    BlockEnd,

    /// <summary>A name or a word of the language.</summary>
    Name,

    /// <summary>Text between quotes, escapes resolved.</summary>
    String,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A real number.</summary>
    Float,

    /// <summary>An operator or a bracket.</summary>
    Operator,

    /// <summary>The end of the template.</summary>
    End,
}
