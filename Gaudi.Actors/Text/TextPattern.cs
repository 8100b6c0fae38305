using System.Text.RegularExpressions;

namespace Gaudi.Actors.Text;

/// <summary>A pattern of tokenizer.json: plain text or a regular expression. Matches do not overlap.</summary>
internal sealed class TextPattern
{
    private readonly Regex? _regex;
    private readonly string _literal;

    private TextPattern(Regex? regex, string literal)
    {
        _regex = regex;
        _literal = literal;
    }

    /// <summary>A pattern that matches exactly this text; the empty text never matches.</summary>
    public static TextPattern Literal(string text) => new(null, text);

    /// <summary>A regular expression in the Oniguruma dialect of tokenizer.json.</summary>
    /// <exception cref="ArgumentException">The expression uses something .NET cannot express.</exception>
    public static TextPattern Expression(string expression) =>
        new(new Regex(RegexDialect.ToDotNet(expression), RegexOptions.Compiled | RegexOptions.CultureInvariant), "");

    /// <summary>Reads `{"String": ...}` or `{"Regex": ...}`.</summary>
    public static TextPattern Read(JsonSection section)
    {
        if (!section["String"].IsNull)
        {
            return Literal(section["String"].Text());
        }

        var expression = section["Regex"];
        try
        {
            return Expression(expression.Text());
        }
        catch (ArgumentException cause)
        {
            throw new TokenizerFormatException(
                $"{expression.Path}: expected a regular expression that .NET can run, got {expression.Text()} "
                + $"({cause.Message}). Rewrite the expression with supported constructs.", cause);
        }
    }

    /// <summary>The text kept in a literal pattern, or null for an expression.</summary>
    public string? LiteralText => _regex is null ? _literal : null;

    /// <summary>Where the pattern matches, in order.</summary>
    public List<Range> Matches(string text)
    {
        var found = new List<Range>();
        if (_regex is null)
        {
            for (var at = 0; _literal.Length > 0 && (at = text.IndexOf(_literal, at, StringComparison.Ordinal)) >= 0;)
            {
                found.Add(at..(at + _literal.Length));
                at += _literal.Length;
            }

            return found;
        }

        var flat = FlatText.Of(text);
        foreach (var match in _regex.EnumerateMatches(flat.Text))
        {
            found.Add(flat.Original(match.Index)..flat.Original(match.Index + match.Length));
        }

        return found;
    }

    /// <summary>The text with every match replaced by <paramref name="content"/>, taken literally.</summary>
    public string Replace(string text, string content)
    {
        if (_regex is null)
        {
            return _literal.Length == 0 ? text : text.Replace(_literal, content, StringComparison.Ordinal);
        }

        var matches = Matches(text);
        if (matches.Count == 0)
        {
            return text;
        }

        var replaced = new System.Text.StringBuilder(text.Length);
        var done = 0;
        foreach (var match in matches)
        {
            replaced.Append(text, done, match.Start.Value - done).Append(content);
            done = match.End.Value;
        }

        return replaced.Append(text, done, text.Length - done).ToString();
    }
}
