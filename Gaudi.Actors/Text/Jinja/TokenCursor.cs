using System.Runtime.CompilerServices;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>The tokens of a template with a reading position.</summary>
internal sealed class TokenCursor(List<Token> tokens)
{
    private int _at;

    /// <summary>The token to read next.</summary>
    public Token Current => tokens[_at];

    /// <summary>The token after the next one.</summary>
    public Token Following => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    /// <summary>Reads one token.</summary>
    public Token Take() => _at + 1 < tokens.Count ? tokens[_at++] : tokens[_at];

    /// <summary>Reads this operator if it comes next.</summary>
    public bool TryTakeOperator(string text)
    {
        if (!Current.IsOperator(text))
        {
            return false;
        }

        Take();
        return true;
    }

    /// <summary>Reads this word if it comes next.</summary>
    public bool TryTakeName(string text)
    {
        if (!Current.IsName(text))
        {
            return false;
        }

        Take();
        return true;
    }

    /// <summary>Reads this operator, which must come next.</summary>
    public void ExpectOperator(string text)
    {
        if (!TryTakeOperator(text))
        {
            throw Unexpected($"`{text}`");
        }
    }

    /// <summary>Reads this word, which must come next.</summary>
    public void ExpectName(string text)
    {
        if (!TryTakeName(text))
        {
            throw Unexpected($"`{text}`");
        }
    }

    /// <summary>Reads a token of this kind, which must come next.</summary>
    public Token Expect(TokenKind kind, string expected) =>
        Current.Kind == kind ? Take() : throw Unexpected(expected);

    /// <summary>The error for a token that does not fit.</summary>
    public ChatTemplateException Unexpected(string expected)
    {
        var got = Current.Kind switch
        {
            TokenKind.End => "the end of the template",
            TokenKind.OutputEnd => "`}}`",
            TokenKind.BlockEnd => "`%}`",
            TokenKind.Text or TokenKind.OutputBegin or TokenKind.BlockBegin => "text",
            _ => $"`{Current.Text}`",
        };
        return new ChatTemplateException($"line {Current.Line}: expected {expected}, got {got}. Correct the template.");
    }

    /// <summary>Refuses a template nested so deeply that reading it would overflow the stack.</summary>
    public void CheckDepth()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new ChatTemplateException(
                $"line {Current.Line}: expected less deep nesting, ran out of stack. Correct the template.");
        }
    }
}
