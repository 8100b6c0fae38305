using System.Collections.Concurrent;
using System.Reflection;

namespace Gaudi.Hpu.Ops;

/// <summary>
/// The frozen op registry of one process: what a model is built from. Looked up when the model is built, never per token.
/// </summary>
public sealed class OpTable
{
    private readonly ConcurrentDictionary<string, OpCallCounter> _calls = new(StringComparer.Ordinal);
    private readonly OpDispatch _dispatch;

    private OpTable(OpDispatch dispatch) => _dispatch = dispatch;

    /// <summary>A table without replacements, as tests use it.</summary>
    public static OpTable InTree(OpDispatch dispatch = OpDispatch.Native) => new(dispatch);

    /// <summary>Builds the op that answers for <typeparamref name="T"/>: its replacement, or T itself.</summary>
    /// <typeparam name="T">An in-tree op with an <see cref="OpNameAttribute"/>.</typeparam>
    /// <param name="spec">Handed to the one public constructor.</param>
    /// <returns>T or a class derived from it; its dispatch never changes afterwards (rule R53).</returns>
    /// <exception cref="InvalidOperationException">T has no name, or its constructor does not take this spec.</exception>
    public T Create<T>(OpSpec spec) where T : CustomOp
    {
        var name = typeof(T).GetCustomAttribute<OpNameAttribute>()
            ?? throw new InvalidOperationException($"{typeof(T).Name} has no [OpName]; only named ops can be created");
        var decision = new OpConstruction.Decision(name.Key, _dispatch, _calls.GetOrAdd(name.Key, _ => new OpCallCounter()));
        return OpConstruction.Build(decision, () => (T)Activator.CreateInstance(typeof(T), spec)!);
    }
}
