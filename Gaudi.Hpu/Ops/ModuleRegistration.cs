using System.Collections.Immutable;

namespace Gaudi.Hpu.Ops;

/// <summary>Collects the ops of one module. Nothing takes effect before the registry applies the whole.</summary>
/// <param name="name">The module, such as `hpu_layernorm`.</param>
public sealed class ModuleRegistration(string name)
{
    private readonly List<Pending> _pending = [];

    /// <summary>The module.</summary>
    public string Name { get; } = name;

    /// <summary>What the module asks for, in its order.</summary>
    internal ImmutableArray<Pending> Requests => [.. _pending];

    /// <summary>Adds an op that did not exist (rule R42). It is named by its <see cref="OpNameAttribute"/>.</summary>
    /// <exception cref="OpRegistrationException">The class has no name or cannot be built by the table.</exception>
    public void Add<T>() where T : CustomOp => Add(typeof(T));

    /// <inheritdoc cref="Add{T}" />
    public void Add(Type type)
    {
        OpClassRules.MustBeOp(type);
        if (OpNames.Of(type).ConfigName is null)
            throw new OpRegistrationException($"{type.FullName} has no [OpName]; a new op needs one");
        _pending.Add(new Pending(OpNames.Of(type).Key, Original: null, type));
    }

    /// <summary>
    /// Makes <typeparamref name="TReplacement"/> answer for <typeparamref name="TOriginal"/> (rule R43).
    /// </summary>
    /// <param name="key">The key to answer for; the original's own unless given.</param>
    /// <exception cref="OpRegistrationException">It does not derive from the original, or cannot be built by the
    /// table.</exception>
    public void Replace<TOriginal, TReplacement>(string? key = null)
        where TOriginal : CustomOp
        where TReplacement : TOriginal => Replace(typeof(TOriginal), typeof(TReplacement), key);

    /// <inheritdoc cref="Replace{TOriginal, TReplacement}(string?)" />
    public void Replace(Type original, Type replacement, string? key = null)
    {
        OpClassRules.MustBeOp(replacement);
        OpClassRules.MustDerive(original, replacement);
        _pending.Add(new Pending(key ?? OpNames.Of(original).Key, original, replacement));
    }

    /// <param name="Key">The registry key.</param>
    /// <param name="Original">The class replaced; null when the op is new.</param>
    /// <param name="Type">The class that answers.</param>
    internal sealed record Pending(string Key, Type? Original, Type Type);
}
