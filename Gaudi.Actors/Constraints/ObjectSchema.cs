using System.Collections.Immutable;
using System.Text.Json;

namespace Gaudi.Actors.Constraints;

/// <summary>Objects: declared properties in their order, those not required perhaps left out, then others where they are allowed.</summary>
internal sealed class ObjectSchema(SchemaCompiler compiler)
{
    private const int PropertiesMax = 500;
    private const int NameCharsMax = 500;

    /// <summary>The form of an object.</summary>
    internal Form Of(SchemaPlace place)
    {
        var declared = place.Members("properties").ToList();
        var additional = place.Below("additionalProperties");
        var required = place.Entries("required").Select(one =>
            one.Schema.ValueKind == JsonValueKind.String ? one.Schema.GetString()! : throw place.Fault("required", "names no property"))
            .ToHashSet(StringComparer.Ordinal);
        if (declared.Count + required.Count > PropertiesMax)
            throw place.Fault("properties", $"and `required` name more than {PropertiesMax} properties");
        if (declared.Select(one => one.Name).Concat(required).Any(name => name.Length > NameCharsMax))
            throw place.Fault("properties", $"has a name of more than {NameCharsMax} characters");
        // What is required and not declared is what an additional property may be.
        var names = declared.Select(one => one.Name).ToHashSet(StringComparer.Ordinal);
        var undeclared = required.Where(name => !names.Contains(name)).Order(StringComparer.Ordinal)
            .Select(name => (name, Value: additional is { } others ? compiler.Of(others) : JsonForms.Value));
        ImmutableArray<(Form Member, bool IsRequired)> members =
        [
            .. declared.Select(one => (Member(one.Name, compiler.Of(one.Place), place), required.Contains(one.Name))),
            .. undeclared.Select(one => (Member(one.name, one.Value, place), true)),
        ];
        return JsonForms.Braced(new MemberList(place.Path, members, Others(place, additional, names.Union(required))).Form);
    }

    private static Form Member(string name, Form value, SchemaPlace place) => FormRule.Share(
        $"property {name} at {place.Path}", JsonForms.Member(Form.Text($"\"{JsonText.Escaped(name)}\""), value));

    // Null where nothing else may come. Absent, it allows others only where nothing is declared: an answer shall not invent names.
    private Form? Others(SchemaPlace place, SchemaPlace? additional, IEnumerable<string> known)
    {
        if (additional is null && known.Any())
            return null;
        var value = additional is { } others ? compiler.Of(others) : JsonForms.Value;
        return additional is { Schema.ValueKind: JsonValueKind.False }
            ? null
            : FormRule.Share($"other properties at {place.Path}", JsonForms.Member(OtherKeys.Except(known), value));
    }
}
