using System.Collections.Immutable;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>A parsed statement: one of the records below. The line is where it begins.</summary>
internal abstract record Statement(int Line);

/// <summary>Text as it stands.</summary>
internal sealed record OutputText(int Line, string Text) : Statement(Line);

/// <summary>The text of a value.</summary>
internal sealed record OutputValue(int Line, Expression Value) : Statement(Line);

/// <summary>The first branch whose test is true; a null test is `else`.</summary>
internal sealed record If(
    int Line, ImmutableArray<(Expression? Test, ImmutableArray<Statement> Body)> Branches) : Statement(Line);

/// <summary>The body once for every item that passes the filter, or the other body when there is none.</summary>
internal sealed record For(
    int Line,
    ImmutableArray<string> Targets,
    bool IsUnpacking,
    Expression Items,
    Expression? Filter,
    ImmutableArray<Statement> Body,
    ImmutableArray<Statement> Otherwise) : Statement(Line);

/// <summary>`set`: to variables, or to an attribute of a namespace.</summary>
internal sealed record Assign(
    int Line, ImmutableArray<Expression> Targets, bool IsUnpacking, Expression Value) : Statement(Line);

/// <summary>`set` with a body: its text, put through the filters.</summary>
internal sealed record AssignBody(
    int Line, Expression Target, Expression Value, ImmutableArray<Statement> Body) : Statement(Line);

/// <summary>Defines a macro in the current scope.</summary>
internal sealed record DefineMacro(int Line, MacroDefinition Macro) : Statement(Line);

/// <summary>Calls a macro that may call the body back as `caller`.</summary>
internal sealed record CallWithBody(int Line, Call Call, MacroDefinition Body) : Statement(Line);

/// <summary>The text of the body, put through filters.</summary>
internal sealed record FilterBody(int Line, Expression Value, ImmutableArray<Statement> Body) : Statement(Line);

/// <summary>A body with its own scope: `with`, and `generation`, whose mark is not used here.</summary>
internal sealed record ScopedBody(
    int Line, ImmutableArray<(string Name, Expression Value)> Variables, ImmutableArray<Statement> Body)
        : Statement(Line);

/// <summary>Leaves the loop, or begins its next round.</summary>
internal sealed record LoopControl(int Line, bool IsBreak) : Statement(Line);
