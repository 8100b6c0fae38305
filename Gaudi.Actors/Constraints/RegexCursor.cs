using System.Text;

namespace Gaudi.Actors.Constraints;

/// <summary>Walks an expression character by character, and says where it is when something is wrong.</summary>
internal sealed class RegexCursor
{
    private readonly Rune[] _characters;
    private readonly string _name;

    /// <summary>Begins at the start.</summary>
    /// <param name="expression">The whole.</param>
    /// <param name="name">What it is called in messages.</param>
    internal RegexCursor(string expression, string name)
    {
        _characters = [.. expression.EnumerateRunes()];
        _name = name;
    }

    /// <summary>Where it is: characters passed so far.</summary>
    internal int Place { get; private set; }

    /// <summary>True behind the last character.</summary>
    internal bool IsAtEnd => Place == _characters.Length;

    /// <summary>The next character; 0 at the end.</summary>
    internal char Next => IsAtEnd || !_characters[Place].IsBmp ? '\0' : (char)_characters[Place].Value;

    /// <summary>Takes the next character.</summary>
    internal int Take() => IsAtEnd ? throw Fault("ends too early") : _characters[Place++].Value;

    /// <summary>Takes these characters when they are next.</summary>
    internal bool TryTake(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (Place + i >= _characters.Length || _characters[Place + i].Value != text[i])
                return false;
        }
        Place += text.Length;
        return true;
    }

    /// <summary>Takes a number; null where none is next.</summary>
    internal int? TryTakeNumber()
    {
        var start = Place;
        var number = 0L;
        while (Next is >= '0' and <= '9' && number <= int.MaxValue)
            number = (number * 10) + Take() - '0';
        if (number > int.MaxValue)
            throw Fault("has too large a number");
        return Place == start ? null : (int)number;
    }

    /// <summary>Goes back to an earlier place.</summary>
    internal void Return(int place) => Place = place;

    /// <summary>What is wrong here.</summary>
    internal ConstraintFormatException Fault(string what) => new(
        $"{_name} {what} (at character {Place}); supported are literals, classes, groups, `|`, `* + ? {{m,n}}`, "
        + @"escapes as \d \w \s \n \uXXXX, and ^ and $ at the ends");
}
