using System.Collections.Concurrent;
using System.Reflection;

namespace Gaudi.Hpu.Ops;

/// <summary>How an op class is called: its registry key and the name `custom_ops` knows it by.</summary>
/// <param name="Key">The upstream class name, or the C# class name where there is no
/// <see cref="OpNameAttribute"/>.</param>
/// <param name="ConfigName">The upstream registered name; null when the class was never registered (rule R56).</param>
internal readonly record struct OpNames(string Key, string? ConfigName)
{
    // Registering compares each op with all others, and attributes are slow to read.
    private static readonly ConcurrentDictionary<Type, OpNames> Known = [];

    internal static OpNames Of(Type type) => Known.GetOrAdd(type, Read);

    private static OpNames Read(Type type) => type.GetCustomAttribute<OpNameAttribute>(inherit: false) is { } name
        ? new OpNames(name.Key, name.ConfigName)
        : new OpNames(type.Name, null);
}
