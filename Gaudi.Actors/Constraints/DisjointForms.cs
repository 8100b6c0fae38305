using System.Text.Json;

namespace Gaudi.Actors.Constraints;

/// <summary>Whether the entries of `oneOf` exclude each other, so that it asks for no more than `anyOf`.</summary>
/// <remarks>They do where their types differ, or where a property that both require has different constants.</remarks>
internal static class DisjointForms
{
    /// <summary>Refuses entries of which two might accept the same document.</summary>
    /// <param name="entries">Of `oneOf`.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="resolve">Follows a reference.</param>
    /// <exception cref="ConstraintFormatException">Names both.</exception>
    internal static void Check(SchemaPlace[] entries, SchemaPlace place, Func<SchemaPlace, string, SchemaPlace> resolve)
    {
        SchemaPlace[] followed = [.. entries.Select(one => Follow(one, resolve))];
        for (var i = 0; i < followed.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (!AreDisjoint(followed[j], followed[i]))
                    throw place.Fault("oneOf", $"has entries {j} and {i}, which might both accept a document; use anyOf, or give each "
                        + "another type or a required property with another `const`");
            }
        }
    }

    /// <summary>Whether a value has a type.</summary>
    internal static bool IsOfType(JsonElement value, string type) => value.ValueKind switch
    {
        JsonValueKind.Object => type == "object",
        JsonValueKind.Array => type == "array",
        JsonValueKind.String => type == "string",
        JsonValueKind.True or JsonValueKind.False => type == "boolean",
        JsonValueKind.Null => type == "null",
        _ => type == "number" || (type == "integer" && value.TryGetInt64(out _)),
    };

    private static SchemaPlace Follow(SchemaPlace place, Func<SchemaPlace, string, SchemaPlace> resolve)
    {
        for (var i = 0; i < 32 && place.Schema.ValueKind == JsonValueKind.Object && place.Text("$ref") is { } pointer; i++)
            place = resolve(place, pointer);
        return place;
    }

    private static bool AreDisjoint(SchemaPlace one, SchemaPlace other)
    {
        if (one.Schema.ValueKind != JsonValueKind.Object || other.Schema.ValueKind != JsonValueKind.Object)
            return false;
        if (!TypesOf(one).Intersect(TypesOf(other)).Any())
            return true;
        return Constants(one).Any(mine => Constants(other).Any(theirs =>
            mine.Name == theirs.Name && !mine.Values.Intersect(theirs.Values).Any()));
    }

    // Where a number may be whole, it may be what an integer is.
    private static IEnumerable<string> TypesOf(SchemaPlace place)
    {
        if (ValuesOf(place) is { } values)
            return SchemaKeywords.Types.Where(type => values.Any(value => IsOfType(value, type)));
        if (place.Below("type") is null)
            return SchemaKeywords.Types;
        var types = SchemaKeywords.TypesOf(place);
        return types.Contains("number") ? types.Append("integer") : types;
    }

    private static IEnumerable<(string Name, HashSet<string> Values)> Constants(SchemaPlace place)
    {
        if (place.Below("type") is null || SchemaKeywords.TypesOf(place) is not ["object"])
            return [];
        var required = place.Entries("required").Where(one => one.Schema.ValueKind == JsonValueKind.String)
            .Select(one => one.Schema.GetString());
        return
        [
            .. from member in place.Members("properties")
               where required.Contains(member.Name) && member.Place.Schema.ValueKind == JsonValueKind.Object
               let values = ValuesOf(member.Place)
               where values is not null && values.All(value => value.ValueKind == JsonValueKind.String)
               select (member.Name, values.Select(value => value.GetString()!).ToHashSet(StringComparer.Ordinal)),
        ];
    }

    private static JsonElement[]? ValuesOf(SchemaPlace place)
    {
        if (place.Below("const") is { } only)
            return [only.Schema];
        return place.Below("enum") is null ? null : [.. place.Entries("enum").Select(one => one.Schema)];
    }
}
