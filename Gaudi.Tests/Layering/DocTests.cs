using System.Reflection;
using System.Xml.Linq;
using Gaudi.Actors.Requests;
using Gaudi.Hpu;
using Xunit;

namespace Gaudi.Tests.Layering;

/// <summary>What is public across projects says its law.</summary>
public sealed class DocTests
{
    public static TheoryData<string> Libraries =>
    [
        typeof(Invariant).Assembly.GetName().Name!,
        typeof(GenerationRequest).Assembly.GetName().Name!,
    ];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Public_types_and_methods_have_a_summary(string library)
    {
        var documented = XDocument.Load(Path.Combine(AppContext.BaseDirectory, $"{library}.xml")).Descendants("member")
            .Select(member => member.Attribute("name")!.Value.Split('(')[0].Split("``")[0]).ToHashSet();
        Rule.Holds(
            Assembly.Load(library).GetExportedTypes().Where(type => !type.IsNested || type.IsNestedPublic)
                .SelectMany(Expected).Where(name => !documented.Contains(name)).Distinct().Order(StringComparer.Ordinal),
            "Every public type and method has a summary that states the law: shape, unit, errors, thread, source.");
    }

    private static IEnumerable<string> Expected(Type type)
    {
        var name = type.FullName!.Replace('+', '.');
        yield return $"T:{name}";
        var methods = type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly);
        foreach (var method in methods.Where(method => IsWritten(type, method)))
            yield return $"M:{name}.{method.Name}";
    }

    // Records, enums and delegates have methods nobody wrote; overrides and implementations say it where they are declared.
    private static bool IsWritten(Type type, MethodInfo method) =>
        !method.IsSpecialName && method.GetBaseDefinition() == method && !method.Name.Contains('<', StringComparison.Ordinal)
        && !typeof(Delegate).IsAssignableFrom(type) && method.Name is not ("Deconstruct" or "Equals" or "GetHashCode" or "ToString")
        && !type.GetInterfaces().Any(one => one.GetMethods().Any(declared => declared.Name == method.Name));
}
