using System.Reflection;
using Gaudi.Hpu.Ops;

namespace Gaudi.Hpu.Plugins;

/// <summary>Turns what the metadata declares into something that can be called.</summary>
internal static class PluginLoader
{
    /// <exception cref="PluginException">The class or the method is not there, or is not as the group asks.</exception>
    internal static PluginFunction Resolve(DiscoveredPlugin plugin)
    {
        var assembly = PluginLoadContext.Load(plugin.Path);
        var type = assembly.GetType(plugin.TypeName)
            ?? throw new PluginException($"{plugin.Assembly} has no class {plugin.TypeName}");
        var function = new PluginFunction { FindType = name => assembly.GetType(name) };
        return plugin.Group switch
        {
            EntryPointGroups.Platform => function with { Register = Bind<Func<PluginContext, string?>>(plugin, type) },
            EntryPointGroups.General => function with { RegisterOps = Bind<Action<OpRegistration>>(plugin, type) },
            _ => throw new PluginException($"a worker does not load the group {plugin.Group}"),
        };
    }

    private static T Bind<T>(DiscoveredPlugin plugin, Type type) where T : Delegate
    {
        var signature = typeof(T).GetMethod("Invoke")!;
        var parameters = signature.GetParameters().Select(p => p.ParameterType).ToArray();
        var method = type.GetMethod(plugin.Method, BindingFlags.Public | BindingFlags.Static, parameters);
        return method is not null && method.ReturnType == signature.ReturnType
            ? method.CreateDelegate<T>()
            : throw new PluginException(
                $"{plugin.TypeName} has no method `public static {signature.ReturnType.Name} {plugin.Method}" +
                $"({string.Join(", ", parameters.Select(p => p.Name))})`");
    }
}
