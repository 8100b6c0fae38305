using System.Collections.Immutable;
using System.Reflection;

namespace Gaudi.Hpu.Ops;

/// <summary>
/// The op registry of one process: in-tree ops, and what entry points put in their place. Open until
/// <see cref="Seal"/>, frozen afterwards. Any thread.
/// </summary>
public sealed class OpRegistry
{
    private readonly Lock _lock = new();
    private readonly OpDispatch _dispatch;
    private readonly CustomOpSwitches _switches;
    private readonly Action<string> _warn;
    private readonly List<string> _plugins = [];
    private ImmutableSortedDictionary<string, OpEntry> _entries;
    private OpTable? _table;

    /// <summary>Starts with the in-tree ops.</summary>
    /// <param name="inTree">Classes with an <see cref="OpNameAttribute"/>.</param>
    /// <param name="dispatch">The forward that enabled ops run: the platform's.</param>
    /// <param name="switches">Which ops are enabled.</param>
    /// <param name="warn">Told, in one sentence, of settings that have no effect. Any thread.</param>
    /// <exception cref="OpRegistrationException">Two in-tree classes share a name (rule R42).</exception>
    public OpRegistry(
        IEnumerable<Type> inTree, OpDispatch dispatch, CustomOpSwitches? switches = null, Action<string>? warn = null)
    {
        _dispatch = dispatch;
        _switches = switches ?? CustomOpSwitches.All;
        _warn = warn ?? (_ => { });
        _entries = ImmutableSortedDictionary.Create<string, OpEntry>(StringComparer.Ordinal);
        var module = new ModuleRegistration(OpOrigin.InTreeName);
        foreach (var type in inTree)
            module.Add(type);
        _entries = Applied(_entries, OpOrigin.InTree, module);
    }

    /// <summary>The op classes of an assembly, in ordinal order of their full names.</summary>
    public static ImmutableArray<Type> OpsOf(Assembly assembly) =>
    [
        .. assembly.GetTypes()
            .Where(t => !t.IsAbstract && t.GetCustomAttribute<OpNameAttribute>(inherit: false) is not null)
            .OrderBy(t => t.FullName, StringComparer.Ordinal),
    ];

    /// <summary>Puts into force what an entry point asked for: each of its modules whole, or not at all.</summary>
    /// <param name="registration">What it asked for.</param>
    /// <param name="isWhole">One failed module keeps all others out.</param>
    /// <returns>Which modules are in force and why the others are not.</returns>
    /// <exception cref="InvariantBrokenException">The registry is sealed.</exception>
    public OpApplication Apply(OpRegistration registration, bool isWhole = false)
    {
        lock (_lock)
        {
            Invariant.That(_table is null,
                $"{registration.Origin.EntryPoint} registers ops after the registry was sealed");
            var applied = ImmutableArray.CreateBuilder<string>();
            var failures = registration.Failures.ToBuilder();
            var before = _entries;
            foreach (var module in registration.Modules)
            {
                try
                {
                    _entries = Applied(_entries, registration.Origin, module);
                    applied.Add(module.Name);
                }
                catch (OpRegistrationException error)
                {
                    failures.Add(new OpModuleFailure(module.Name, error.Message, error));
                }
            }
            if (isWhole && failures.Count > 0)
            {
                _entries = before;
                applied.Clear();
            }
            return new OpApplication(applied.ToImmutable(), failures.ToImmutable());
        }
    }

    /// <summary>Makes a loaded plugin part of the digest.</summary>
    /// <param name="line">Its group, name, value and version: nothing that differs between two machines.</param>
    public void NotePlugin(string line)
    {
        lock (_lock)
        {
            Invariant.That(_table is null, $"plugin {line} was noted after the registry was sealed");
            _plugins.Add(line);
        }
    }

    /// <summary>Freezes the registry. A second call gives the same table.</summary>
    public OpTable Seal()
    {
        lock (_lock)
            return _table ??= new OpTable(_dispatch, _switches, _entries, [.. _plugins], isOpen: false, _warn);
    }

    private static ImmutableSortedDictionary<string, OpEntry> Applied(
        ImmutableSortedDictionary<string, OpEntry> entries, OpOrigin origin, ModuleRegistration module)
    {
        foreach (var request in module.Requests)
            entries = Applied(entries, origin, module.Name, request);
        return entries;
    }

    private static ImmutableSortedDictionary<string, OpEntry> Applied(
        ImmutableSortedDictionary<string, OpEntry> entries,
        OpOrigin origin,
        string module,
        ModuleRegistration.Pending request)
    {
        var current = entries.GetValueOrDefault(request.Key);
        var entry = new OpEntry(request.Key, request.Type, module, origin, current);
        if (request.Original is null)
        {
            var rival = current ?? entries.Values.FirstOrDefault(e => Shares(e, request.Type));
            if (rival is null)
                return entries.Add(request.Key, entry);
            throw new OpRegistrationException(
                $"Duplicate op name: {OpNames.Of(request.Type).ConfigName}; " +
                $"{entry.Where} and {rival.Where} both add it");
        }
        if (current is null)
        {
            throw new OpRegistrationException(
                $"no op is called {request.Key}, so {entry.Where} cannot replace it; " +
                $"ops: {string.Join(", ", entries.Keys)}");
        }
        if (current.Type == request.Type)
            return entries;
        OpClassRules.MustDerive(Root(current).Type, request.Type);
        if (current.Previous is not null && current.Origin.EntryPoint != origin.Replaces)
        {
            throw new OpRegistrationException(
                $"Duplicate op name: {request.Key}; {current.Where} has it and {entry.Where} wants it; " +
                $"the second must declare Replaces = \"{current.Origin.EntryPoint}\"");
        }
        return entries.SetItem(request.Key, entry);
    }

    private static bool Shares(OpEntry entry, Type type) =>
        entry.Previous is null && OpNames.Of(entry.Type).ConfigName == OpNames.Of(type).ConfigName;

    private static OpEntry Root(OpEntry entry) => entry.Previous is null ? entry : Root(entry.Previous);
}
