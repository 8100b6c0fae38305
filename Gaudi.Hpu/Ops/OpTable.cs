using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;

namespace Gaudi.Hpu.Ops;

/// <summary>
/// The frozen op registry of one process: what a model is built from. Looked up when the model is built, never per
/// token. Any thread.
/// </summary>
public sealed class OpTable
{
    private readonly ConcurrentDictionary<string, OpCallCounter> _calls = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _warned = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _enabled = new();
    private readonly ConcurrentQueue<string> _disabled = new();
    private readonly OpDispatch _dispatch;
    private readonly CustomOpSwitches _switches;
    private readonly ImmutableSortedDictionary<string, OpEntry> _entries;
    private readonly ImmutableDictionary<Type, OpEntry> _replacements;
    private readonly bool _isOpen;
    private readonly Action<string> _warn;

    internal OpTable(
        OpDispatch dispatch,
        CustomOpSwitches switches,
        ImmutableSortedDictionary<string, OpEntry> entries,
        ImmutableArray<string> plugins,
        bool isOpen,
        Action<string> warn)
    {
        _dispatch = dispatch;
        _switches = switches;
        _entries = entries;
        _isOpen = isOpen;
        _warn = warn;
        _replacements = entries.Values.Where(e => e.Previous is not null)
            .DistinctBy(e => e.Type).ToImmutableDictionary(e => e.Type);
        DigestLines = OpDigest.Lines(entries.Values, IsEnabled, plugins);
        Digest = OpDigest.Of(DigestLines);
        WarnOfSwitchesWithoutEffect();
        WarnOfDisabledOpsThatAreNone();
    }

    /// <summary>
    /// SHA-256, in lower-case hex, of <see cref="DigestLines"/>. Equal in every process that computes alike.
    /// </summary>
    public string Digest { get; }

    /// <summary>
    /// What the digest covers, one line an op and one a plugin, sorted: two tables are compared by these.
    /// </summary>
    public ImmutableArray<string> DigestLines { get; }

    /// <summary>
    /// The names of the ops built so far that run their platform's forward, in order of building (rule R62).
    /// </summary>
    public ImmutableArray<string> EnabledOps => [.. _enabled];

    /// <summary>
    /// The names of the ops built so far that run the native forward, in order of building (rule R62).
    /// </summary>
    public ImmutableArray<string> DisabledOps => [.. _disabled];

    /// <summary>A table without plugins, as tests use it: every op class answers for itself.</summary>
    public static OpTable InTree(OpDispatch dispatch = OpDispatch.Native) => new(
        dispatch, CustomOpSwitches.All, ImmutableSortedDictionary.Create<string, OpEntry>(StringComparer.Ordinal), [],
        isOpen: true, _ => { });

    /// <summary>
    /// Builds the op that answers for <typeparamref name="T"/>: its replacement, or T itself (rule R47).
    /// </summary>
    /// <typeparam name="T">An in-tree op with an <see cref="OpNameAttribute"/>; one without is built with a warning
    /// (R56).</typeparam>
    /// <param name="spec">Handed to the one public constructor.</param>
    /// <returns>T or a class derived from it; its dispatch never changes afterwards (rule R53).</returns>
    /// <exception cref="InvalidOperationException">T is not registered, or its constructor does not take this
    /// spec.</exception>
    public T Create<T>(OpSpec spec) where T : CustomOp
    {
        return Build<T>(Answer(typeof(T)), spec);
    }

    /// <summary>Builds the op that answers for a key, for families whose members are chosen by a setting.</summary>
    /// <typeparam name="T">The family.</typeparam>
    /// <param name="key">As registered.</param>
    /// <param name="spec">Handed to the one public constructor.</param>
    /// <exception cref="OpConfigurationException">No op of the family has this key; the message lists those there are.</exception>
    public T CreateNamed<T>(string key, OpSpec spec) where T : CustomOp
    {
        if (_entries.TryGetValue(key, out var entry) && entry.Type.IsAssignableTo(typeof(T)))
            return Build<T>(new Answering(entry.Key, entry.Type, SwitchName(entry)), spec);
        var known = _entries.Values.Where(one => one.Type.IsAssignableTo(typeof(T))).Select(one => one.Key);
        throw new OpConfigurationException($"no {typeof(T).Name} is called {key}; registered: {string.Join(", ", known)}");
    }

    private T Build<T>(Answering answer, OpSpec spec) where T : CustomOp
    {
        if (!answer.Type.IsAssignableTo(typeof(T)))
            throw new InvalidOperationException(
                $"{answer.Type.FullName} answers for {answer.Key} but is no {typeof(T).FullName}");
        var isEnabled = spec.EnforceEnable || _switches.IsEnabled(answer.SwitchName, answer.Key);
        (isEnabled ? _enabled : _disabled).Enqueue(answer.SwitchName ?? answer.Key);
        var dispatch = isEnabled ? _dispatch : OpDispatch.Native;
        var decision = new OpConstruction.Decision(
            answer.Key, dispatch, _calls.GetOrAdd(answer.Key, _ => new OpCallCounter()));
        return OpConstruction.Build(decision, () => (T)Construct(answer.Type, spec));
    }

    /// <summary>
    /// The class that answers for T, for code that needs the type rather than an instance (rule R52).
    /// </summary>
    /// <exception cref="InvalidOperationException">T is not registered.</exception>
    public Type TypeOf<T>() where T : CustomOp => Answer(typeof(T)).Type;

    /// <summary>Every op, sorted by name.</summary>
    public OpReport Report() => new(Digest,
    [
        .. _entries.Values.Select(e => new OpReportRow(
            e.Key, e.Module, e.Origin.EntryPoint, e.Origin.Version, e.Chain, IsEnabled(e),
            _calls.TryGetValue(e.Key, out var calls) ? calls.Count : 0)),
    ]);

    private readonly record struct Answering(string Key, Type Type, string? SwitchName);

    private Answering Answer(Type asked)
    {
        var names = OpNames.Of(asked);
        if (_replacements.TryGetValue(asked, out var itself))
            return new Answering(itself.Key, asked, itself.Key);
        if (names.ConfigName is null)
        {
            if (_warned.TryAdd(asked.FullName!, true))
                _warn($"Custom op {asked.Name} was not registered: it has no [OpName], so no plugin can replace it");
            return new Answering(names.Key, asked, null);
        }
        if (_entries.TryGetValue(names.Key, out var entry))
            return new Answering(entry.Key, entry.Type, SwitchName(entry));
        return _isOpen ? new Answering(names.Key, asked, names.ConfigName) : throw new InvalidOperationException(
            $"op `{names.Key}` ({asked.FullName}) is not registered; registered: {string.Join(", ", _entries.Keys)}");
    }

    private bool IsEnabled(OpEntry entry) => _switches.IsEnabled(SwitchName(entry), entry.Key);

    /// <summary>A replacement is switched by its key, an in-tree op by its config name (rules R45, R60).</summary>
    private static string SwitchName(OpEntry entry) =>
        entry.Previous is null ? OpNames.Of(entry.Type).ConfigName ?? entry.Key : entry.Key;

    private void WarnOfSwitchesWithoutEffect()
    {
        var known = _entries.Values.Select(SwitchName).ToHashSet(StringComparer.Ordinal);
        foreach (var name in _switches.Named.Where(n => !_isOpen && !known.Contains(n)))
        {
            var replaced = _entries.Values.FirstOrDefault(e => e.Previous is not null && Root(e) == name);
            _warn($"custom_ops names {name}, which " + (replaced is null
                ? $"is no op; ops: {string.Join(", ", known.Order(StringComparer.Ordinal))}"
                : $"{replaced.Origin.EntryPoint} has replaced; switch it as {replaced.Key}"));
        }
    }

    private void WarnOfDisabledOpsThatAreNone()
    {
        var strangers = _switches.Disabled.Where(n =>
            !_isOpen && !_entries.ContainsKey(n) && _entries.Values.All(e => SwitchName(e) != n));
        foreach (var name in strangers)
            _warn($"the disabled ops name {name}, which is no op; ops: {string.Join(", ", _entries.Keys)}");
    }

    private static string? Root(OpEntry entry) =>
        entry.Previous is null ? OpNames.Of(entry.Type).ConfigName : Root(entry.Previous);

    private static object Construct(Type type, OpSpec spec)
    {
        var parameter = type.GetConstructors() is [var only]
            ? only.GetParameters().FirstOrDefault()?.ParameterType
            : null;
        if (parameter is null || !parameter.IsInstanceOfType(spec))
        {
            throw new InvalidOperationException(
                $"{type.FullName} is built from {parameter?.Name ?? "exactly one constructor"}, " +
                $"but {spec.GetType().Name} came");
        }
        return type.GetConstructors()[0].Invoke(BindingFlags.DoNotWrapExceptions, binder: null, [spec], culture: null);
    }
}
