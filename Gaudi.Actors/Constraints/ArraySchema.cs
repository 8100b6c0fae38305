using System.Text.Json;

namespace Gaudi.Actors.Constraints;

/// <summary>Arrays: entries with schemas of their own first, then any number of the others, between two counts.</summary>
internal sealed class ArraySchema(SchemaCompiler compiler)
{
    private const int EntriesMax = 500;

    /// <summary>The form of an array.</summary>
    internal Form Of(SchemaPlace place)
    {
        if (place.Below("items") is { Schema.ValueKind: JsonValueKind.Array })
            throw place.Fault("items", "is an array; the schemas of the first entries are `prefixItems` today");
        if (place.Entries("prefixItems").Length > EntriesMax)
            throw place.Fault("prefixItems", $"has more than {EntriesMax} entries");
        Form[] first =
            [.. place.Entries("prefixItems").Select(one => FormRule.Share($"an entry at {one.Path}", compiler.Of(one)))];
        var others = place.Below("items") is { } items
            ? FormRule.Share($"entries at {place.Path}", compiler.Of(items))
            : JsonForms.Value;
        var (least, most) = (place.Count("minItems") ?? 0, place.Count("maxItems"));
        return most < least ? Form.Never : JsonForms.Bracketed(Rest(0, first, others, least, most));
    }

    // What may follow so many entries.
    private static Form Rest(int count, Form[] first, Form others, int least, int? most)
    {
        if (count == most)
            return Form.Empty;
        if (count >= first.Length)
            return Others(count, others, Math.Max(0, least - count), most - count);
        var more = Form.Of(count == 0 ? Form.Empty : JsonForms.Comma, first[count], Rest(count + 1, first, others, least, most));
        return count < least ? more : Form.Optional(more);
    }

    private static Form Others(int count, Form others, int least, int? most)
    {
        var next = Form.Of(JsonForms.Comma, others);
        if (count > 0)
            return new Form.Repeat(next, least, most);
        var some = Form.Of(others, new Form.Repeat(next, Math.Max(0, least - 1), most - 1));
        return least > 0 ? some : Form.Optional(some);
    }
}
