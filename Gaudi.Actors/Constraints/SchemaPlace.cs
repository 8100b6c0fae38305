using System.Globalization;
using System.Text.Json;

namespace Gaudi.Actors.Constraints;

/// <summary>A schema and where it stands, for messages that name both.</summary>
/// <param name="Schema">True, false or an object.</param>
/// <param name="Path">A JSON pointer from the root, as `#/properties/name`.</param>
internal readonly record struct SchemaPlace(JsonElement Schema, string Path)
{
    private const int CountMax = 100_000;

    /// <summary>The schema below a keyword; null where the keyword is absent.</summary>
    internal SchemaPlace? Below(string keyword) =>
        Schema.TryGetProperty(keyword, out var inner) ? new SchemaPlace(inner, $"{Path}/{keyword}") : null;

    /// <summary>The members of an object below a keyword; none where it is absent.</summary>
    internal IEnumerable<(string Name, SchemaPlace Place)> Members(string keyword)
    {
        if (Below(keyword) is not { } below)
            return [];
        if (below.Schema.ValueKind != JsonValueKind.Object)
            throw Fault(keyword, "is no object");
        return [.. below.Schema.EnumerateObject().Select(one => (one.Name, new SchemaPlace(one.Value, $"{below.Path}/{one.Name}")))];
    }

    /// <summary>The entries of an array below a keyword; none where it is absent.</summary>
    internal SchemaPlace[] Entries(string keyword)
    {
        if (Below(keyword) is not { } below)
            return [];
        if (below.Schema.ValueKind != JsonValueKind.Array)
            throw Fault(keyword, "is no array");
        return [.. below.Schema.EnumerateArray().Select((one, index) => new SchemaPlace(one, $"{below.Path}/{index}"))];
    }

    /// <summary>A count below a keyword; null where it is absent.</summary>
    internal int? Count(string keyword)
    {
        if (Below(keyword) is not { } below)
            return null;
        if (below.Schema.ValueKind == JsonValueKind.Number && below.Schema.TryGetDouble(out var number)
            && number >= 0 && number <= CountMax && Math.Floor(number) == number)
            return (int)number;
        throw Fault(keyword, string.Create(CultureInfo.InvariantCulture, $"is no whole number from 0 to {CountMax}"));
    }

    /// <summary>A text below a keyword; null where it is absent.</summary>
    internal string? Text(string keyword)
    {
        if (Below(keyword) is not { } below)
            return null;
        return below.Schema.ValueKind == JsonValueKind.String ? below.Schema.GetString() : throw Fault(keyword, "is no string");
    }

    /// <summary>What is wrong with a keyword here.</summary>
    internal ConstraintFormatException Fault(string keyword, string what) =>
        new($"schema keyword `{keyword}` at {Path} {what}");
}
