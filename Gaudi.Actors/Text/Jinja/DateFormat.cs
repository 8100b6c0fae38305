using System.Globalization;
using System.Text;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>C's `strftime` in the C locale.</summary>
internal static class DateFormat
{
    /// <summary>The time written in the format; an unknown directive is refused.</summary>
    public static string Apply(string format, DateTimeOffset time, RenderBudget budget)
    {
        var output = new StringBuilder(format.Length * 2);
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 == format.Length)
            {
                output.Append(format[at]);
                continue;
            }

            var isUnpadded = format[at + 1] == '-' && at + 2 < format.Length;
            at += isUnpadded ? 2 : 1;
            var text = Field(format[at], time)
                ?? throw budget.Error($"expected a known directive of strftime, got %{format[at]}");
            output.Append(isUnpadded && text.TrimStart('0') is { Length: > 0 } unpadded ? unpadded : text);
        }

        return output.ToString();
    }

    private static string? Field(char directive, DateTimeOffset time) => directive switch
    {
        'Y' => Written(time, "yyyy"),
        'y' => Written(time, "yy"),
        'm' => Written(time, "MM"),
        'd' => Written(time, "dd"),
        'e' => Written(time, "%d").PadLeft(2),
        'H' => Written(time, "HH"),
        'I' => Written(time, "hh"),
        'M' => Written(time, "mm"),
        'S' => Written(time, "ss"),
        'f' => Written(time, "ffffff"),
        'p' => time.Hour < 12 ? "AM" : "PM",
        'B' => Written(time, "MMMM"),
        'b' or 'h' => Written(time, "MMM"),
        'A' => Written(time, "dddd"),
        'a' => Written(time, "ddd"),
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'u' => (((int)time.DayOfWeek + 6) % 7 + 1).ToString(CultureInfo.InvariantCulture),
        'F' => Written(time, "yyyy-MM-dd"),
        'T' => Written(time, "HH:mm:ss"),
        'D' => Written(time, "MM'/'dd'/'yy"),
        'R' => Written(time, "HH:mm"),
        'z' or 'Z' => "", // As for Python's datetime.now(), which knows no zone.
        'n' => "\n",
        't' => "\t",
        '%' => "%",
        _ => null,
    };

    private static string Written(DateTimeOffset time, string format) =>
        time.ToString(format, CultureInfo.InvariantCulture);
}
