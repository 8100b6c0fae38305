using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Gaudi.Hpu.Plugins;

/// <summary>
/// Reads the entry points of an assembly from its metadata. The assembly is not loaded; nothing of it runs.
/// </summary>
public static class EntryPointReader
{
    /// <summary>The entry points of a file, in the order they are written in it.</summary>
    /// <returns>Empty when the file has none, or is no .NET assembly.</returns>
    /// <exception cref="BadImageFormatException">The file is damaged, or its attributes cannot be decoded.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ImmutableArray<DiscoveredPlugin> Read(string path)
    {
        using var file = File.OpenRead(path);
        using var image = new PEReader(file);
        if (!image.HasMetadata)
            return [];
        var metadata = image.GetMetadataReader();
        if (!metadata.IsAssembly)
            return [];
        var assembly = metadata.GetAssemblyDefinition();
        var attributes = assembly.GetCustomAttributes().Select(metadata.GetCustomAttribute).ToArray();
        int? apiVersion = null;
        foreach (var attribute in attributes.Where(a => Names<PluginApiVersionAttribute>(metadata, a)))
            apiVersion = attribute.DecodeValue(AttributeTypes.Instance).FixedArguments[0].Value as int?;
        var name = metadata.GetString(assembly.Name);
        var version = assembly.Version.ToString(3);
        return
        [
            .. attributes.Where(a => Names<EntryPointAttribute>(metadata, a))
                .Select(a => Plugin(a.DecodeValue(AttributeTypes.Instance), name, version, path))
                .Select(p => p with { ApiVersion = apiVersion }),
        ];
    }

    private static DiscoveredPlugin Plugin(
        CustomAttributeValue<string> value, string assembly, string version, string path)
    {
        var fixedArguments = value.FixedArguments;
        return new DiscoveredPlugin(
            Text(fixedArguments[0], "group"), Text(fixedArguments[1], "name"),
            Text(fixedArguments[2], "type").Split(',')[0], Text(fixedArguments[3], "method"),
            assembly, version, Path.GetFullPath(path))
        {
            Replaces = Named(value, nameof(EntryPointAttribute.Replaces)) as string,
            After = Names(value, nameof(EntryPointAttribute.After)),
            Needs = Names(value, nameof(EntryPointAttribute.Needs)),
        };
    }

    private static string Text(CustomAttributeTypedArgument<string> argument, string what) =>
        argument.Value as string ?? throw new BadImageFormatException($"an entry point has no {what}");

    private static object? Named(CustomAttributeValue<string> value, string property) =>
        value.NamedArguments.FirstOrDefault(a => a.Name == property).Value;

    private static ImmutableArray<string> Names(CustomAttributeValue<string> value, string property) =>
        Named(value, property) is ImmutableArray<CustomAttributeTypedArgument<string>> items
            ? [.. items.Select(i => i.Value as string ?? "")]
            : [];

    private static bool Names<TAttribute>(MetadataReader metadata, CustomAttribute attribute)
    {
        var type = attribute.Constructor.Kind switch
        {
            HandleKind.MemberReference =>
                metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent,
            HandleKind.MethodDefinition =>
                metadata.GetMethodDefinition((MethodDefinitionHandle)attribute.Constructor).GetDeclaringType(),
            _ => default,
        };
        return type.Kind switch
        {
            HandleKind.TypeReference when metadata.GetTypeReference((TypeReferenceHandle)type) is var reference =>
                metadata.StringComparer.Equals(reference.Namespace, typeof(TAttribute).Namespace!)
                && metadata.StringComparer.Equals(reference.Name, typeof(TAttribute).Name),
            HandleKind.TypeDefinition when metadata.GetTypeDefinition((TypeDefinitionHandle)type) is var definition =>
                metadata.StringComparer.Equals(definition.Namespace, typeof(TAttribute).Namespace!)
                && metadata.StringComparer.Equals(definition.Name, typeof(TAttribute).Name),
            _ => false,
        };
    }
}
