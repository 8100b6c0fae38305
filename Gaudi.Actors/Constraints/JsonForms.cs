using System.Collections.Immutable;
using System.Text.Json;

namespace Gaudi.Actors.Constraints;

/// <summary>
/// The forms of JSON. Between its signs stands nothing, one blank, or a line end and at most 20 blanks; numbers have at most
/// 16 digits before and after the point and 2 in the exponent: a model cannot write blanks or digits for ever.
/// </summary>
internal static class JsonForms
{
    private const int DigitsMax = 16;
    private const int BlanksMax = 20;

    private static readonly Form Digit = new Form.Bytes((byte)'0', (byte)'9');

    /// <summary>What may stand between two signs.</summary>
    internal static Form Space { get; } = FormRule.Share("white space", Form.Any(
        Form.Empty, Form.Text(" "), Form.Of(Form.Text("\n"), new Form.Repeat(Form.Text(" "), 0, BlanksMax))));

    /// <summary>A comma and what may stand behind it.</summary>
    internal static Form Comma { get; } = Form.Of(Form.Text(","), Space);

    /// <summary>A number without point and exponent.</summary>
    internal static Form Integer { get; } = FormRule.Share("integer", Form.Of(
        Form.Optional(Form.Text("-")),
        Form.Any(Form.Text("0"), Form.Of(new Form.Bytes((byte)'1', (byte)'9'), new Form.Repeat(Digit, 0, DigitsMax - 1)))));

    /// <summary>Any number.</summary>
    internal static Form Number { get; } = FormRule.Share("number", Form.Of(
        Integer,
        Form.Optional(Form.Of(Form.Text("."), new Form.Repeat(Digit, 1, DigitsMax))),
        Form.Optional(Form.Of(
            Form.Any(Form.Text("e"), Form.Text("E")), Form.Optional(Form.Any(Form.Text("+"), Form.Text("-"))),
            new Form.Repeat(Digit, 1, 2)))));

    /// <summary>One character of a string.</summary>
    internal static Form Character { get; } = FormRule.Share("character", new JsonText().Of(CodePoints.All));

    /// <summary>Any string.</summary>
    internal static Form String { get; } = FormRule.Share("string", Quoted(new Form.Repeat(Character, 0, null)));

    /// <summary>True or false.</summary>
    internal static Form Boolean { get; } = Form.Any(Form.Text("true"), Form.Text("false"));

    /// <summary>Null.</summary>
    internal static Form Null { get; } = Form.Text("null");

    /// <summary>Any value, however deep.</summary>
    internal static Form Value { get; } = AnyValue();

    /// <summary>Any object.</summary>
    internal static Form Object { get; } = Braced(Form.Optional(Separated(Member(String, Value))));

    /// <summary>Any array.</summary>
    internal static Form Array { get; } = Bracketed(Form.Optional(Separated(Value)));

    /// <summary>Between quotes.</summary>
    internal static Form Quoted(Form inside) => Form.Of(Form.Text("\""), inside, Form.Text("\""));

    /// <summary>Between braces.</summary>
    internal static Form Braced(Form inside) => Form.Of(Form.Text("{"), Space, inside, Space, Form.Text("}"));

    /// <summary>Between brackets.</summary>
    internal static Form Bracketed(Form inside) => Form.Of(Form.Text("["), Space, inside, Space, Form.Text("]"));

    /// <summary>A key, which is quoted already, and its value.</summary>
    internal static Form Member(Form key, Form value) => Form.Of(key, Form.Text(":"), Space, value);

    /// <summary>One or more, with commas between them.</summary>
    internal static Form Separated(Form part) => Form.Of(part, new Form.Repeat(Form.Of(Comma, part), 0, null));

    /// <summary>Exactly this value.</summary>
    internal static Form Literal(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Form.Text($"\"{JsonText.Escaped(value.GetString()!)}\""),
        JsonValueKind.Array => Bracketed(Listed(value.EnumerateArray().Select(Literal))),
        JsonValueKind.Object => Braced(Listed(value.EnumerateObject().Select(
            one => Member(Form.Text($"\"{JsonText.Escaped(one.Name)}\""), Literal(one.Value))))),
        _ => Form.Text(value.GetRawText()),
    };

    private static Form Listed(IEnumerable<Form> parts)
    {
        var list = ImmutableArray.CreateBuilder<Form>();
        foreach (var part in parts)
        {
            if (list.Count > 0)
                list.Add(Comma);
            list.Add(part);
        }
        return Form.Of(list.ToImmutable());
    }

    private static Form AnyValue()
    {
        var rule = new FormRule("any value");
        var value = new Form.Call(rule);
        rule.Body = Form.Any(
            Braced(Form.Optional(Separated(Member(String, value)))), Bracketed(Form.Optional(Separated(value))), String, Number,
            Boolean, Null);
        return value;
    }
}
