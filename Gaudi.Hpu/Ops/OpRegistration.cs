using System.Collections.Immutable;

namespace Gaudi.Hpu.Ops;

/// <summary>
/// What one entry point asks the registry for. It is only collected here: the registry applies all of it after the
/// entry point has returned, so that one that throws leaves nothing behind. Modules stand alone: one that throws is
/// reported and leaves the others registered.
/// </summary>
/// <param name="origin">Who asks.</param>
public sealed class OpRegistration(OpOrigin origin)
{
    private readonly List<ModuleRegistration> _modules = [];
    private readonly List<OpModuleFailure> _failures = [];

    /// <summary>Who asks.</summary>
    public OpOrigin Origin { get; } = origin;

    /// <summary>Modules that did not throw, in their order.</summary>
    internal ImmutableArray<ModuleRegistration> Modules => [.. _modules];

    /// <summary>Modules that threw, in their order.</summary>
    public ImmutableArray<OpModuleFailure> Failures => [.. _failures];

    /// <summary>Collects the ops of one module.</summary>
    /// <param name="name">The module, such as `hpu_layernorm`. Once an entry point.</param>
    /// <param name="register">Names the module's ops. What it throws is kept and reported, not passed on.</param>
    /// <exception cref="OpRegistrationException">The entry point has a module of this name already.</exception>
    public void Module(string name, Action<ModuleRegistration> register)
    {
        if (_modules.Exists(m => m.Name == name) || _failures.Exists(f => f.Module == name))
            throw new OpRegistrationException($"{Origin.EntryPoint} registers module {name} twice");
        var module = new ModuleRegistration(name);
        try
        {
            register(module);
            _modules.Add(module);
        }
        catch (Exception error)
        {
            _failures.Add(new OpModuleFailure(name, $"{error.GetType().Name}: {error.Message}", error));
        }
    }
}
