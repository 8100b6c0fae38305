using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;

namespace Gaudi.Actors.Constraints;

/// <summary>The keywords of JSON Schema that are known here: those that say something of a type, and those that say nothing.</summary>
/// <remarks>Source: JSON Schema 2020-12, core and validation.</remarks>
internal static class SchemaKeywords
{
    /// <summary>Every type, in the order in which they are tried.</summary>
    internal static readonly string[] Types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    private static readonly FrozenSet<string> Notes = new[]
    {
        "$schema", "$id", "$anchor", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "example",
        "deprecated", "readOnly", "writeOnly", "strict", "contentEncoding", "contentMediaType", "contentSchema", "discriminator",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> TypeOf = new Dictionary<string, string>
    {
        ["properties"] = "object", ["required"] = "object", ["additionalProperties"] = "object",
        ["items"] = "array", ["prefixItems"] = "array", ["minItems"] = "array", ["maxItems"] = "array",
        ["minLength"] = "string", ["maxLength"] = "string", ["pattern"] = "string", ["format"] = "string",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Every keyword that is kept; those that say nothing are not among them.</summary>
    internal static readonly ImmutableArray<string> Kept =
        ["type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", .. TypeOf.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The keywords that say something.</summary>
    internal static string[] Spoken(SchemaPlace place) =>
        [.. place.Schema.EnumerateObject().Select(one => one.Name).Where(name => !Notes.Contains(name))];

    /// <summary>The types a schema is about: those it names, or else those its keywords speak of; all where they speak of none.</summary>
    internal static string[] TypesOf(SchemaPlace place)
    {
        if (place.Below("type") is { } type)
        {
            string[] named = type.Schema.ValueKind switch
            {
                JsonValueKind.String => [type.Schema.GetString()!],
                JsonValueKind.Array => [.. place.Entries("type").Select(one =>
                    one.Schema.ValueKind == JsonValueKind.String ? one.Schema.GetString()! : throw place.Fault("type", "names no type"))],
                _ => throw place.Fault("type", "is neither a type nor a list of types"),
            };
            return named.All(Types.Contains)
                ? [.. Types.Where(named.Contains)]
                : throw place.Fault("type", $"names an unknown type; known are {string.Join(", ", Types)}");
        }
        var spoken = Spoken(place).Select(name => TypeOf.GetValueOrDefault(name)).OfType<string>().ToHashSet();
        return spoken.Count > 0 ? [.. Types.Where(spoken.Contains)] : Types;
    }

    /// <summary>Refuses a schema with a keyword beside these.</summary>
    /// <exception cref="ConstraintFormatException">Names the first such keyword.</exception>
    internal static void AllowOnly(SchemaPlace place, string beside, params ReadOnlySpan<string> allowed)
    {
        foreach (var name in Spoken(place))
        {
            if (!allowed.Contains(name))
                throw place.Fault(name, $"cannot stand beside `{beside}` here");
        }
    }

    /// <summary>Refuses a schema with a keyword that is not kept.</summary>
    /// <exception cref="ConstraintFormatException">Names the first such keyword.</exception>
    internal static void RefuseUnknown(SchemaPlace place)
    {
        foreach (var name in Spoken(place))
        {
            if (name != "type" && !TypeOf.ContainsKey(name))
                throw place.Fault(name, "is not supported; supported are type, enum, const, anyOf, oneOf of disjoint forms, allOf of "
                    + $"one, $ref, {string.Join(", ", TypeOf.Keys.Order(StringComparer.Ordinal))}");
        }
    }
}
