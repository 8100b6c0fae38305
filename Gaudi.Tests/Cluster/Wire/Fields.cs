using System.Collections;
using System.Globalization;
using Akka.Actor;

namespace Gaudi.Tests.Cluster.Wire;

/// <summary>A message as text, field by field: records that hold lists do not compare by value.</summary>
internal static class Fields
{
    internal static string Of(object? value) => value switch
    {
        null => "null",
        string text => $"'{text}'",
        float number => number.ToString("R", CultureInfo.InvariantCulture),
        IActorRef actor => actor.Path.ToStringWithAddress(),
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Of))}]",
        IFormattable or bool => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        _ => $"{value.GetType().Name}({string.Join(", ", Properties(value))})",
    };

    private static IEnumerable<string> Properties(object record) =>
        record.GetType().GetProperties().Select(one => $"{one.Name}: {Of(one.GetValue(record))}");
}
