using System.Collections;
using System.Globalization;
using System.Reflection;
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
        _ => $"{value.GetType().Name}({string.Join(", ", Named(value))})",
    };

    /// <summary>Of the record itself: a static one such as `Zero` holds another record.</summary>
    internal static PropertyInfo[] Properties(object record) =>
        record.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public);

    private static IEnumerable<string> Named(object record) =>
        Properties(record).Select(one => $"{one.Name}: {Of(one.GetValue(record))}");
}
