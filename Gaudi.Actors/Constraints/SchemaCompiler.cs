using System.Text.Json;

namespace Gaudi.Actors.Constraints;

/// <summary>
/// Makes the form of the documents that a JSON schema accepts. Every document of the form is valid; not every valid one has it.
/// </summary>
/// <remarks>
/// Declared properties come in the order of their declaration, and undeclared ones only where `additionalProperties` allows
/// them by name. One compiler a schema.
/// </remarks>
internal sealed class SchemaCompiler
{
    private const int DepthMax = 150;

    private readonly JsonElement _root;
    private readonly Dictionary<string, FormRule> _references = new(StringComparer.Ordinal);

    private int _depth;

    /// <summary>Takes the schema that references point into.</summary>
    internal SchemaCompiler(JsonElement root) => _root = root;

    /// <summary>The form of the whole.</summary>
    /// <exception cref="ConstraintFormatException">Names the keyword and its place.</exception>
    internal Form Compile() => Of(new SchemaPlace(_root, "#"));

    /// <summary>The form of a schema inside the whole.</summary>
    internal Form Of(SchemaPlace place)
    {
        if (++_depth > DepthMax)
            throw new ConstraintFormatException($"the schema nests or refers deeper than {DepthMax} at {place.Path}");
        var form = FormOf(place);
        _depth--;
        return form;
    }

    private Form FormOf(SchemaPlace place)
    {
        switch (place.Schema.ValueKind)
        {
            case JsonValueKind.True: return JsonForms.Value;
            case JsonValueKind.False: return Form.Never;
            case not JsonValueKind.Object:
                throw new ConstraintFormatException($"the schema at {place.Path} is neither an object nor a boolean");
        }
        if (place.Text("$ref") is { } pointer)
        {
            SchemaKeywords.AllowOnly(place, "$ref", "$ref");
            return Reference(place, pointer);
        }
        if (place.Below("const") is { } only)
            return Values(place, "const", [only.Schema]);
        if (place.Below("enum") is not null)
            return Values(place, "enum", [.. place.Entries("enum").Select(one => one.Schema)]);
        if (place.Below("anyOf") is not null)
            return Options(place, "anyOf");
        if (place.Below("oneOf") is not null)
        {
            DisjointForms.Check(place.Entries("oneOf"), place, Resolve);
            return Options(place, "oneOf");
        }
        if (place.Below("allOf") is not null)
            return Single(place);
        SchemaKeywords.RefuseUnknown(place);
        return Form.Any([.. SchemaKeywords.TypesOf(place).Select(type => OfType(type, place))]);
    }

    private Form OfType(string type, SchemaPlace place) => type switch
    {
        "object" => new ObjectSchema(this).Of(place),
        "array" => new ArraySchema(this).Of(place),
        "string" => StringSchema.Of(place),
        "number" => JsonForms.Number,
        "integer" => JsonForms.Integer,
        "boolean" => JsonForms.Boolean,
        _ => JsonForms.Null,
    };

    private static Form Values(SchemaPlace place, string keyword, JsonElement[] values)
    {
        SchemaKeywords.AllowOnly(place, keyword, keyword, "type");
        var types = SchemaKeywords.TypesOf(place);
        return Form.Any([.. values.Where(value => types.Any(type => DisjointForms.IsOfType(value, type))).Select(JsonForms.Literal)]);
    }

    private Form Options(SchemaPlace place, string keyword)
    {
        SchemaKeywords.AllowOnly(place, keyword, keyword);
        return Form.Any([.. place.Entries(keyword).Select(Of)]);
    }

    private Form Single(SchemaPlace place)
    {
        SchemaKeywords.AllowOnly(place, "allOf", "allOf");
        return place.Entries("allOf") is [var only] ? Of(only) : throw place.Fault("allOf", "has more than one entry, or none");
    }

    private Form Reference(SchemaPlace place, string pointer)
    {
        if (_references.TryGetValue(pointer, out var known))
            return new Form.Call(known);
        var rule = new FormRule($"$ref {pointer}");
        _references.Add(pointer, rule);
        rule.Body = Of(Resolve(place, pointer));
        return new Form.Call(rule);
    }

    private SchemaPlace Resolve(SchemaPlace place, string pointer)
    {
        if (pointer != "#" && !pointer.StartsWith("#/", StringComparison.Ordinal))
            throw place.Fault("$ref", $"points to `{pointer}`; only places of this schema are followed, as #/$defs/name");
        var found = _root;
        foreach (var step in pointer.Split('/').Skip(1))
        {
            var name = Uri.UnescapeDataString(step)
                .Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (found.ValueKind == JsonValueKind.Object && found.TryGetProperty(name, out var member))
                found = member;
            else if (found.ValueKind == JsonValueKind.Array && int.TryParse(name, out var index)
                && (uint)index < (uint)found.GetArrayLength())
                found = found[index];
            else
                throw place.Fault("$ref", $"points to `{pointer}`, where nothing is");
        }
        return new SchemaPlace(found, pointer);
    }
}
