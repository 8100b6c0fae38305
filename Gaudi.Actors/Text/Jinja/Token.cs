namespace Gaudi.Actors.Text.Jinja;

/// <summary>A token of a template, with the line it began on, counted from 1.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    /// <summary>True for this operator.</summary>
    public bool IsOperator(string text) => Kind == TokenKind.Operator && Text == text;

    /// <summary>True for this word.</summary>
    public bool IsName(string text) => Kind == TokenKind.Name && Text == text;
}
