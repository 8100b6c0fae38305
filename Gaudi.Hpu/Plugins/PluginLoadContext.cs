using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;

namespace Gaudi.Hpu.Plugins;

/// <summary>
/// Loads a plugin's assemblies apart from ours and from other plugins', except those that both sides must see as one:
/// our contracts, TorchSharp, Akka. One context a file and process, whatever the number of hosts.
/// </summary>
/// <remarks>
/// Never unloaded: ops may be registered with native code by function pointer, and unloading would leave it dangling.
/// To unload a plugin, restart the worker.
/// </remarks>
internal sealed class PluginLoadContext : AssemblyLoadContext
{
    private static readonly string[] SharedPrefixes = ["Gaudi.", "TorchSharp", "Akka"];

    // The one static of the plugin system: a second copy of an assembly in a process would have its own types.
    private static readonly ConcurrentDictionary<string, Lazy<Assembly>> Loaded = new(StringComparer.Ordinal);

    private readonly AssemblyDependencyResolver _resolver;
    private readonly string _own;

    private PluginLoadContext(string path)
        : base($"plugin {Path.GetFileNameWithoutExtension(path)}", isCollectible: false)
    {
        _resolver = new AssemblyDependencyResolver(path);
        _own = Path.GetFileNameWithoutExtension(path);
    }

    private static AssemblyLoadContext Ours => GetLoadContext(typeof(PluginLoadContext).Assembly)!;

    /// <summary>The plugin's assembly. Ours, and those the program was built with, are found as they are.</summary>
    /// <exception cref="FileLoadException">It asks for another version of a shared assembly.</exception>
    internal static Assembly Load(string path) => Loaded.GetOrAdd(
        path, file => new Lazy<Assembly>(() => LoadOnce(file), LazyThreadSafetyMode.ExecutionAndPublication)).Value;

    /// <inheritdoc />
    protected override Assembly? Load(AssemblyName name)
    {
        if (name.Name != _own && SharedPrefixes.Any(p => name.Name!.StartsWith(p, StringComparison.Ordinal)))
        {
            try
            {
                return Ours.LoadFromAssemblyName(name);
            }
            catch (FileNotFoundException)
            {
                // Named like one of ours, and the plugin's own.
            }
        }
        return _resolver.ResolveAssemblyToPath(name) is { } path ? LoadFromAssemblyPath(path) : null;
    }

    /// <inheritdoc />
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;

    private static Assembly LoadOnce(string path)
    {
        var programFolder = Path.GetDirectoryName(typeof(PluginLoadContext).Assembly.Location);
        return Path.GetDirectoryName(path) == programFolder
            ? Ours.LoadFromAssemblyPath(path)
            : new PluginLoadContext(path).LoadFromAssemblyPath(path);
    }
}
