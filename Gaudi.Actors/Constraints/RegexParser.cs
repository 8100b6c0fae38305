using System.Collections.Immutable;

namespace Gaudi.Actors.Constraints;

/// <summary>Reads an expression: the common part of the dialects, whose meaning they share.</summary>
/// <param name="alphabet">How its characters are written where it stands.</param>
internal sealed class RegexParser(ITextAlphabet alphabet)
{
    private const int CharsMax = 20_000;
    private const int DepthMax = 200;

    private int _depth;

    /// <summary>The texts that an expression matches from end to end.</summary>
    /// <exception cref="ConstraintFormatException">Broken, or not supported.</exception>
    internal Form Whole(string expression, string name) => Read(expression, name, around: null);

    /// <summary>The texts in which it matches somewhere: what it does not hold to an end by ^ or $ may stand before and behind.</summary>
    /// <exception cref="ConstraintFormatException">Broken, or not supported.</exception>
    internal Form Within(string expression, string name) =>
        Read(expression, name, around: new Form.Repeat(FormRule.Share("any character", alphabet.Of(CodePoints.All)), 0, null));

    private Form Read(string expression, string name, Form? around)
    {
        if (expression.Length > CharsMax)
            throw new ConstraintFormatException($"{name} has {expression.Length} characters; at most {CharsMax} are taken");
        var cursor = new RegexCursor(expression, name);
        var options = ImmutableArray.CreateBuilder<Form>();
        do
        {
            var isHeldBefore = cursor.TryTake("^");
            var parts = Sequence(cursor);
            var isHeldBehind = cursor.TryTake("$");
            if (around is not null)
                parts = Form.Of([.. isHeldBefore ? [] : new[] { around }, parts, .. isHeldBehind ? [] : new[] { around }]);
            options.Add(parts);
        }
        while (cursor.TryTake("|"));
        return cursor.IsAtEnd ? Form.Any(options.ToImmutable()) : throw cursor.Fault($"has a `{cursor.Next}` too many");
    }

    private Form Alternatives(RegexCursor cursor)
    {
        if (++_depth > DepthMax)
            throw cursor.Fault($"has groups deeper than {DepthMax}");
        var options = ImmutableArray.CreateBuilder<Form>();
        do
            options.Add(Sequence(cursor));
        while (cursor.TryTake("|"));
        _depth--;
        return Form.Any(options.ToImmutable());
    }

    private Form Sequence(RegexCursor cursor)
    {
        var parts = ImmutableArray.CreateBuilder<Form>();
        while (!cursor.IsAtEnd && cursor.Next is not ('|' or ')' or '$'))
            parts.Add(Repeated(cursor, Atom(cursor)));
        return Form.Of(parts.ToImmutable());
    }

    private Form Atom(RegexCursor cursor)
    {
        if (cursor.Next is '*' or '+' or '?')
            throw cursor.Fault($"has a `{cursor.Next}` behind nothing");
        if (cursor.Next == '^')
            throw cursor.Fault("has a ^ in the middle");
        if (cursor.TryTake("("))
            return Group(cursor);
        if (cursor.TryTake("["))
            return Characters(cursor, RegexClasses.Class(cursor));
        if (cursor.TryTake("."))
            return Characters(cursor, RegexClasses.AnyOfALine);
        return Characters(cursor, cursor.TryTake("\\") ? RegexClasses.Escape(cursor, isInClass: false) : CodePoints.One(cursor.Take()));
    }

    // A set that is written with many bytes is shared, so that a repeated one stays small.
    private Form Characters(RegexCursor cursor, CodePoints set)
    {
        if (set.IsEmpty)
            return Form.Never;
        var form = alphabet.Of(set);
        return form is Form.Choice ? FormRule.Share($"characters before {cursor.Place}", form) : form;
    }

    private Form Group(RegexCursor cursor)
    {
        if (cursor.TryTake("?"))
        {
            if (cursor.Next is '=' or '!' || cursor.TryTake("<=") || cursor.TryTake("<!"))
                throw cursor.Fault("looks ahead or behind");
            if (cursor.TryTake("P<") || cursor.TryTake("<"))
                SkipName(cursor);
            else if (!cursor.TryTake(":"))
                throw cursor.Fault("has a group of an unknown kind");
        }
        var inside = Alternatives(cursor);
        if (cursor.Next == '$')
            throw cursor.Fault("has a $ in the middle");
        return cursor.TryTake(")") ? inside : throw cursor.Fault("has a group that does not end");
    }

    private static void SkipName(RegexCursor cursor)
    {
        while (!cursor.TryTake(">"))
            cursor.Take();
    }

    private static Form Repeated(RegexCursor cursor, Form part)
    {
        if (Times(cursor) is not var (least, most))
            return part;
        if (most < least)
            throw cursor.Fault($"repeats from {least} to {most}");
        if (cursor.TryTake("+"))
            throw cursor.Fault("has a possessive quantifier");
        cursor.TryTake("?"); // Lazy: the same texts.
        return Times(cursor) is null
            ? new Form.Repeat(part, least, most)
            : throw cursor.Fault("repeats a repetition; put it in a group");
    }

    private static (int Least, int? Most)? Times(RegexCursor cursor)
    {
        if (cursor.TryTake("*"))
            return (0, null);
        if (cursor.TryTake("+"))
            return (1, null);
        if (cursor.TryTake("?"))
            return (0, 1);
        var place = cursor.Place;
        if (cursor.TryTake("{") && cursor.TryTakeNumber() is { } least)
        {
            if (cursor.TryTake("}"))
                return (least, least);
            if (cursor.TryTake(",") && cursor.TryTakeNumber() is var most && cursor.TryTake("}"))
                return (least, most);
        }
        cursor.Return(place);
        return cursor.Next == '{' ? throw cursor.Fault("has a `{` that begins no number of times; write `\\{` for the sign") : null;
    }
}
