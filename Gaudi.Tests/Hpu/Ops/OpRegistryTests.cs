using Gaudi.Hpu;
using Gaudi.Hpu.Ops;
using Xunit;

namespace Gaudi.Tests.Hpu.Ops;

/// <summary>T30-T33, T36, rules R42-R49, and the transaction an entry point is.</summary>
public sealed class OpRegistryTests
{
    private static OpRegistry Registry() => new([typeof(ProbeOp), typeof(OtherOp)], OpDispatch.OutOfTree);

    private static OpRegistration From(string entryPoint, Action<ModuleRegistration> module, string? replaces = null)
    {
        var registration = new OpRegistration(new OpOrigin(entryPoint, $"{entryPoint}:RegisterOps", "2.0.0", replaces));
        registration.Module($"{entryPoint}_module", module);
        return registration;
    }

    private static Type Answer(OpRegistry registry) => registry.Seal().TypeOf<ProbeOp>();

    [Fact]
    public void Second_in_tree_op_of_a_name_is_refused_with_both_classes()
    {
        var error = Assert.Throws<OpRegistrationException>(
            () => new OpRegistry([typeof(ProbeOp), typeof(ProbeTwin)], OpDispatch.Native));

        Assert.StartsWith("Duplicate op name: probe_op; ", error.Message, StringComparison.Ordinal); // T30, R42
        Assert.Contains(typeof(ProbeOp).FullName!, error.Message, StringComparison.Ordinal);
        Assert.Contains(typeof(ProbeTwin).FullName!, error.Message, StringComparison.Ordinal);
    }

    [OpName("ProbeTwin", "probe_op")]
    public sealed class ProbeTwin(ProbeSpec spec) : CustomOp<Func<string>>(spec);

    [Fact]
    public void Replacement_has_the_key_of_the_original_unless_it_is_given_one()
    {
        var bare = Registry();
        bare.Apply(From("a", m => m.Replace<ProbeOp, PluginProbeOp>()));
        var byType = Registry();
        byType.Apply(From("a", m => m.Replace(typeof(ProbeOp), typeof(PluginProbeOp))));
        var named = Registry();
        named.Apply(From("a", m => m.Replace(typeof(CustomOp), typeof(PluginProbeOp), "ProbeOp")));

        Assert.All(new[] { bare, byType, named }, r => Assert.Equal(typeof(PluginProbeOp), Answer(r))); // T31, R43
    }

    [Fact]
    public void Key_that_no_op_has_is_refused_with_the_keys_there_are()
    {
        var applied = Registry().Apply(From("a", m => m.Replace(typeof(CustomOp), typeof(PluginProbeOp), "Probe")));

        Assert.EndsWith("cannot replace it; ops: OtherOp, ProbeOp", Assert.Single(applied.Failures).Reason,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(IDisposable), "is not a class; only classes can be registered as ops")]
    [InlineData(typeof(DayOfWeek), "is not a class; only classes can be registered as ops")]
    [InlineData(typeof(CustomOp), "is abstract or generic; register a class that can be built")]
    [InlineData(typeof(string), "does not derive from CustomOp")]
    [InlineData(typeof(TwoConstructors), "must have exactly one public constructor, taking its family's OpSpec")]
    [InlineData(typeof(OtherOp), "does not derive from Gaudi.Tests.Hpu.Ops.ProbeOp, so it cannot stand in for it")]
    public void Type_that_cannot_stand_in_is_refused_at_registration(Type type, string reason)
    {
        var applied = Registry().Apply(From("a", m => m.Replace(typeof(ProbeOp), type)));

        // T32, R44; T36: refused here, where upstream would build something half made (R49).
        Assert.EndsWith(reason, Assert.Single(applied.Failures).Reason, StringComparison.Ordinal);
    }

    public sealed class TwoConstructors(ProbeSpec spec) : ProbeOp(spec)
    {
        public TwoConstructors(ProbeSpec spec, int more) : this(spec) => _ = more;
    }

    [Fact]
    public void Replacement_under_a_key_must_derive_from_the_op_of_that_key()
    {
        var applied = Registry().Apply(From("a", m => m.Replace(typeof(ProbeOp), typeof(PluginProbeOp), "OtherOp")));

        Assert.EndsWith("does not derive from Gaudi.Tests.Hpu.Ops.OtherOp, so it cannot stand in for it",
            Assert.Single(applied.Failures).Reason, StringComparison.Ordinal); // T36
    }

    [Fact]
    public void Same_registration_again_changes_nothing()
    {
        var registry = Registry();
        registry.Apply(From("a", m => m.Replace<ProbeOp, PluginProbeOp>()));
        var again = registry.Apply(From("a", m => m.Replace<ProbeOp, PluginProbeOp>()));

        Assert.Empty(again.Failures); // T33, R46
        Assert.Equal("in-tree", registry.Seal().Report().Ops[1].Replaces);
    }

    [Fact]
    public void Second_type_for_a_key_is_refused_naming_both_origins()
    {
        var registry = Registry();
        registry.Apply(From("a", m => m.Replace<ProbeOp, PluginProbeOp>()));
        var second = registry.Apply(From("b", m => m.Replace<ProbeOp, SecondProbeOp>()));

        Assert.Equal(
            "Duplicate op name: ProbeOp; " +
            "Gaudi.Tests.Hpu.Ops.PluginProbeOp of a (a:RegisterOps, module a_module) has it and " +
            "Gaudi.Tests.Hpu.Ops.SecondProbeOp of b (b:RegisterOps, module b_module) wants it; " +
            "the second must declare Replaces = \"a\"", Assert.Single(second.Failures).Reason); // T33, R46
        Assert.Equal(typeof(PluginProbeOp), Answer(registry));
    }

    [Fact]
    public void Second_type_wins_where_it_declares_whom_it_replaces_and_the_chain_is_shown()
    {
        var registry = Registry();
        registry.Apply(From("a", m => m.Replace<ProbeOp, PluginProbeOp>()));
        registry.Apply(From("b", m => m.Replace<ProbeOp, SecondProbeOp>(), replaces: "a"));

        var row = registry.Seal().Report().Ops.Single(o => o.Name == "ProbeOp");
        Assert.Equal(("b_module", "b", "2.0.0", "a > in-tree"), (row.Module, row.Provider, row.Version, row.Replaces));
        Assert.Equal(typeof(SecondProbeOp), Answer(registry));
    }

    [Fact]
    public void Declaring_another_entry_point_than_the_holder_does_not_win()
    {
        var registry = Registry();
        registry.Apply(From("a", m => m.Replace<ProbeOp, PluginProbeOp>()));

        Assert.Single(registry.Apply(From("b", m => m.Replace<ProbeOp, SecondProbeOp>(), replaces: "c")).Failures);
        Assert.Equal(typeof(PluginProbeOp), Answer(registry));
    }

    [Fact]
    public void Declaring_a_holder_that_has_nothing_there_is_an_ordinary_registration()
    {
        var registry = Registry();

        Assert.Empty(registry.Apply(From("b", m => m.Replace<ProbeOp, SecondProbeOp>(), replaces: "a")).Failures);
        Assert.Equal(typeof(SecondProbeOp), Answer(registry));
    }

    [Fact]
    public void Module_that_throws_leaves_the_others_and_nothing_of_itself()
    {
        var registry = Registry();
        var registration = new OpRegistration(new OpOrigin("a", "a:R", "1.0.0"));
        registration.Module("first", m => m.Replace<OtherOp, PluginOtherOp>());
        registration.Module("second", m =>
        {
            m.Replace<ProbeOp, PluginProbeOp>();
            throw new DllNotFoundException("libkernels");
        });

        var applied = registry.Apply(registration);

        Assert.Equal(["first"], applied.Modules.ToArray());
        Assert.Equal(("second", "DllNotFoundException: libkernels"),
            (applied.Failures[0].Module, applied.Failures[0].Reason));
        Assert.Equal(["first", "in-tree"], registry.Seal().Report().Ops.Select(o => o.Module));
    }

    public sealed class PluginOtherOp(ProbeSpec spec) : OtherOp(spec);

    [Fact]
    public void Module_that_conflicts_is_undone_whole_and_the_next_is_applied()
    {
        var registry = Registry();
        registry.Apply(From("a", m => m.Replace<ProbeOp, PluginProbeOp>()));
        var registration = new OpRegistration(new OpOrigin("b", "b:R", "1.0.0"));
        registration.Module("bad", m =>
        {
            m.Add<NewOp>();
            m.Replace<ProbeOp, SecondProbeOp>();
        });
        registration.Module("good", m => m.Add<NewOp>());

        var applied = registry.Apply(registration);

        Assert.Equal(["good"], applied.Modules.ToArray());
        Assert.Equal("bad", Assert.Single(applied.Failures).Module);
        Assert.Equal("good", registry.Seal().Report().Ops.Single(o => o.Name == "NewOp").Module);
    }

    [OpName("NewOp", "new_op")]
    public sealed class NewOp(ProbeSpec spec) : CustomOp<Func<string>>(spec);

    [Fact]
    public void Whole_application_is_all_or_nothing()
    {
        var registry = Registry();
        var before = registry.Seal().Digest;
        registry = Registry();
        var registration = new OpRegistration(new OpOrigin("b", "b:R", "1.0.0"));
        registration.Module("good", m => m.Add<NewOp>());
        registration.Module("bad", _ => throw new InvalidOperationException("x"));

        Assert.Empty(registry.Apply(registration, isWhole: true).Modules);
        Assert.Equal(before, registry.Seal().Digest);
    }

    [Fact]
    public void Module_named_twice_is_refused()
    {
        var registration = From("a", _ => { });

        Assert.Equal("a registers module a_module twice",
            Assert.Throws<OpRegistrationException>(() => registration.Module("a_module", _ => { })).Message);
    }

    [Fact]
    public void New_op_without_a_name_is_refused() => Assert.EndsWith(
        "has no [OpName]; a new op needs one",
        Assert.Single(Registry().Apply(From("a", m => m.Add<PluginProbeOp>())).Failures).Reason,
            StringComparison.Ordinal);

    [Fact]
    public void Sealed_registry_takes_no_more_and_gives_the_same_table()
    {
        var registry = Registry();

        Assert.Same(registry.Seal(), registry.Seal());
        Assert.Throws<InvariantBrokenException>(() => registry.Apply(From("late", _ => { })));
        Assert.Throws<InvariantBrokenException>(() => registry.NotePlugin("late"));
    }

    [Fact]
    public void In_tree_ops_are_found_by_their_attribute_in_ordinal_order()
    {
        var ops = OpRegistry.OpsOf(typeof(OpRegistry).Assembly);

        Assert.Equal(ops.OrderBy(t => t.FullName, StringComparer.Ordinal), ops);
        Assert.Contains(ops, t => t.Name == "RmsNorm");
        // Every one of them can be registered: names are unique and constructors are right.
        Assert.Equal(ops.Length, new OpRegistry(ops, OpDispatch.Native).Seal().Report().Ops.Length);
    }
}
