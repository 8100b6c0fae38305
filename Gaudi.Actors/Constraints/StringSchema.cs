namespace Gaudi.Actors.Constraints;

/// <summary>Strings: any, of some length, of a pattern, or of a format whose texts can be written down.</summary>
internal static class StringSchema
{
    private const string Month = "(0[1-9]|1[0-2])";
    private const string Time = @"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";

    // Every month has these days: a 31st of April is no date.
    private const string Date = "[12][0-9]{3}-" + Month + "-(0[1-9]|1[0-9]|2[0-8])";

    /// <summary>The form of a string.</summary>
    internal static Form Of(SchemaPlace place)
    {
        var (least, most) = (place.Count("minLength"), place.Count("maxLength"));
        if (place.Text("pattern") is { } pattern)
        {
            if (least is not null || most is not null)
                throw place.Fault("pattern", "cannot stand beside minLength or maxLength; say the length in the pattern");
            RefuseBeside(place, "pattern");
            return JsonForms.Quoted(new RegexParser(new JsonText()).Within(pattern, $"the pattern at {place.Path}"));
        }
        if (place.Text("format") is { } format && Expression(format) is { } expression)
        {
            if (least is not null || most is not null)
                throw place.Fault("format", "cannot stand beside minLength or maxLength here");
            return JsonForms.Quoted(new RegexParser(new JsonText()).Whole(expression, $"format {format}"));
        }
        if (most < (least ?? 0))
            return Form.Never;
        return least is null && most is null
            ? JsonForms.String
            : JsonForms.Quoted(new Form.Repeat(JsonForms.Character, least ?? 0, most));
    }

    private static void RefuseBeside(SchemaPlace place, string keyword)
    {
        if (place.Text("format") is { } format && Expression(format) is not null)
            throw place.Fault("format", $"cannot stand beside {keyword} here");
    }

    // Other formats are notes, as the standard has it by default.
    private static string? Expression(string format) => format switch
    {
        "date" => Date,
        "time" => Time,
        "date-time" => $"{Date}T{Time}",
        "uuid" => "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "ipv4" => @"((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])",
        "email" => @"[a-z0-9]{1,32}([._+-][a-z0-9]{1,16}){0,3}@[a-z0-9]{1,32}(\.[a-z]{2,12}){1,3}",
        _ => null,
    };
}
