using Gaudi.Hpu.Ops;
using Xunit;

namespace Gaudi.Tests.Hpu.Ops;

/// <summary>T34, T35, T37, T40-T43, rules R47-R55, R60-R62.</summary>
public sealed class OpTableTests
{
    private readonly List<string> _warnings = [];

    private OpTable Table(
        OpDispatch dispatch = OpDispatch.OutOfTree, string[]? customOps = null, bool isReplaced = true,
            Type? replacement = null)
    {
        var registry = new OpRegistry(
            [typeof(ProbeOp), typeof(OtherOp), typeof(EveryForwardOp)], dispatch,
                CustomOpSwitches.Parse(customOps ?? ["all"]), _warnings.Add);
        if (isReplaced)
        {
            var registration = new OpRegistration(new OpOrigin("plugin", "plugin:R", "1.0.0"));
            registration.Module("module", m => m.Replace(typeof(ProbeOp), replacement ?? typeof(PluginProbeOp)));
            Assert.Empty(registry.Apply(registration).Failures);
        }
        return registry.Seal();
    }

    [Fact]
    public void Op_built_before_the_registration_stays_what_it_is_and_one_built_after_is_replaced()
    {
        var before = Table(isReplaced: false).Create<ProbeOp>(new ProbeSpec());
        var after = Table().Create<ProbeOp>(new ProbeSpec());

        Assert.Equal(("native", "plugin"), (before.Forward(), after.Forward())); // T34, R47, R51
        Assert.Equal((typeof(ProbeOp), typeof(PluginProbeOp)), (before.GetType(), after.GetType()));
    }

    [Fact]
    public void Subclass_under_another_name_is_not_replaced()
    {
        var op = Table().Create<ProbeChild>(new ProbeSpec());

        Assert.Equal(typeof(ProbeChild), op.GetType()); // T35, R48
        Assert.Equal("Custom op ProbeChild was not registered: it has no [OpName], so no plugin can replace it",
            Assert.Single(_warnings)); // R56
        Table();
        Assert.Single(_warnings);
    }

    public sealed class ProbeChild(ProbeSpec spec) : ProbeOp(spec);

    [Fact]
    public void Warning_of_an_unregistered_op_comes_once()
    {
        var table = Table();

        table.Create<ProbeChild>(new ProbeSpec());
        table.Create<ProbeChild>(new ProbeSpec());

        Assert.Single(_warnings); // R56
    }

    [Fact]
    public void Replacement_built_directly_does_not_go_in_circles()
    {
        var op = Table().Create<PluginProbeOp>(new ProbeSpec());

        // T37, R45, R50
        Assert.Equal((typeof(PluginProbeOp), "ProbeOp", "plugin"), (op.GetType(), op.Key, op.Forward()));
        Assert.Empty(_warnings);
    }

    [Theory]
    [InlineData("-probe_op", OpDispatch.OutOfTree)]
    [InlineData("-ProbeOp", OpDispatch.Native)]
    public void Replaced_op_is_switched_by_its_class_name(string entry, OpDispatch expected) =>
        Assert.Equal(expected, Table(customOps: ["all", entry]).Create<ProbeOp>(new ProbeSpec()).Dispatch); // T40, R60

    [Theory]
    [InlineData("-probe_op", OpDispatch.Native)]
    [InlineData("-ProbeOp", OpDispatch.OutOfTree)]
    public void In_tree_op_is_switched_by_its_config_name(string entry, OpDispatch expected) =>
        Assert.Equal(expected,
            Table(customOps: ["all", entry], isReplaced: false).Create<ProbeOp>(new ProbeSpec()).Dispatch);

    [Fact]
    public void Replacement_with_a_name_of_its_own_is_switched_by_the_name_it_answers_for()
    {
        var byKey = Table(customOps: ["all", "-ProbeOp"], replacement: typeof(NamedOp));
        var byOwnName = Table(customOps: ["all", "-named"], replacement: typeof(NamedOp));

        Assert.Equal("native", byKey.Create<ProbeOp>(new ProbeSpec()).Forward());
        Assert.Equal("named", byOwnName.Create<ProbeOp>(new ProbeSpec()).Forward());
    }

    [OpName("NamedOp", "named")]
    public sealed class NamedOp(ProbeSpec spec) : ProbeOp(spec)
    {
        protected override Func<string> ForwardOutOfTree => () => "named";
    }

    [Theory]
    [InlineData("ProbeOp", true)]
    [InlineData("ProbeOp", false)]
    [InlineData("probe_op", false)]
    public void Disabled_op_is_named_as_the_report_names_it_or_as_it_is_switched(string name, bool isReplaced)
    {
        var registry = new OpRegistry([typeof(ProbeOp), typeof(OtherOp)], OpDispatch.OutOfTree,
            CustomOpSwitches.Parse(["all"], [name, "nobody"]), _warnings.Add);
        var registration = new OpRegistration(new OpOrigin("plugin", "plugin:R", "1.0.0"));
        if (isReplaced)
            registration.Module("module", m => m.Replace<ProbeOp, PluginProbeOp>());
        registry.Apply(registration);
        var table = registry.Seal();

        Assert.Equal(OpDispatch.Native, table.Create<ProbeOp>(new ProbeSpec()).Dispatch);
        Assert.Equal(OpDispatch.OutOfTree, table.Create<OtherOp>(new ProbeSpec()).Dispatch);
        Assert.Equal([true, false], table.Report().Ops.Select(o => o.Enabled));
        Assert.Equal("the disabled ops name nobody, which is no op; ops: OtherOp, ProbeOp", Assert.Single(_warnings));
    }

    [Fact]
    public void Switch_that_has_no_effect_is_explained()
    {
        Table(customOps: ["all", "-probe_op"]);
        Table(customOps: ["all", "-probe"], isReplaced: false);

        Assert.Equal(
            ["custom_ops names probe_op, which plugin has replaced; switch it as ProbeOp",
             "custom_ops names probe, which is no op; ops: every_forward_op, other_op, probe_op"], _warnings); // T40
    }

    [Fact]
    public void Dispatch_is_fixed_when_the_op_is_built()
    {
        var enabled = Table().Create<ProbeOp>(new ProbeSpec());
        var disabled = Table(customOps: ["none"]).Create<ProbeOp>(new ProbeSpec());
        var late = Table(OpDispatch.Cuda);

        Assert.Equal(("plugin", "native"), (enabled.Forward(), disabled.Forward())); // T41, R53
        Assert.Equal(("plugin", "native"), (enabled.Forward(), disabled.Forward()));
        Assert.NotNull(late);
    }

    [Theory]
    [InlineData(OpDispatch.Native, "native", "native")]
    [InlineData(OpDispatch.Cuda, "cuda", null)]
    [InlineData(OpDispatch.Hip, "hip", null)]
    [InlineData(OpDispatch.Cpu, "cpu", "native")]
    [InlineData(OpDispatch.Tpu, "tpu", "native")]
    [InlineData(OpDispatch.Xpu, "xpu", "native")]
    [InlineData(OpDispatch.OutOfTree, "oot", "native")]
    public void Platform_runs_its_own_forward_or_falls_back(OpDispatch dispatch, string own, string? fallback)
    {
        var table = Table(dispatch, isReplaced: false);

        Assert.Equal(own, table.Create<EveryForwardOp>(new ProbeSpec()).Forward()); // T42, R54
        var plain = table.Create<ProbeOp>(new ProbeSpec());
        if (fallback is not null)
            Assert.Equal(fallback, plain.Forward()); // R55
        else
        {
            Assert.Equal("op `ProbeOp` (ProbeOp) has no ForwardCuda; override it or disable the op",
                Assert.Throws<NotImplementedException>(() => plain.Forward()).Message);
        }
    }

    [Fact]
    public void Hip_falls_back_to_cuda() =>
        // R55
        Assert.Equal("cuda",
            Table(OpDispatch.Hip, replacement: typeof(CudaProbeOp)).Create<ProbeOp>(new ProbeSpec()).Forward());

    public sealed class CudaProbeOp(ProbeSpec spec) : ProbeOp(spec)
    {
        protected override Func<string> ForwardCuda => () => "cuda";
    }

    [Fact]
    public void Disabled_op_runs_native_unless_it_is_enforced()
    {
        var table = Table(customOps: ["none"]);

        Assert.Equal("native", table.Create<ProbeOp>(new ProbeSpec()).Forward()); // R54
        Assert.Equal("plugin", table.Create<ProbeOp>(new ProbeSpec { EnforceEnable = true }).Forward()); // R61
    }

    [Fact]
    public void Built_ops_are_listed_by_the_name_they_are_switched_by()
    {
        var table = Table(customOps: ["all", "-other_op"]);

        table.Create<ProbeOp>(new ProbeSpec());
        table.Create<OtherOp>(new ProbeSpec());
        table.Create<ProbeOp>(new ProbeSpec());

        Assert.Equal(["ProbeOp", "ProbeOp"], table.EnabledOps.ToArray()); // T43, R62
        Assert.Equal(["other_op"], table.DisabledOps.ToArray());
    }

    [Fact]
    public void Calls_of_every_instance_are_counted_under_the_key()
    {
        var table = Table();
        var first = table.Create<ProbeOp>(new ProbeSpec("a"));
        var second = table.Create<ProbeOp>(new ProbeSpec("b"));

        first.Forward();
        second.Forward();
        second.Forward();

        Assert.Equal([0L, 0L, 3L], table.Report().Ops.Select(o => o.Calls));
        Assert.Equal(["EveryForwardOp", "OtherOp", "ProbeOp"], table.Report().Ops.Select(o => o.Name));
    }

    [Fact]
    public void Op_built_beside_the_table_is_refused() => Assert.Equal(
        "ProbeOp was built with `new`; ops are built by OpTable.Create so that plugins can replace them",
        Assert.Throws<InvalidOperationException>(() => new ProbeOp(new ProbeSpec())).Message);

    [Fact]
    public void Op_built_in_the_constructor_of_another_is_refused() =>
        Assert.Throws<InvalidOperationException>(() =>
            Table(replacement: typeof(NestingOp)).Create<ProbeOp>(new ProbeSpec()));

    public sealed class NestingOp(ProbeSpec spec) : ProbeOp(spec)
    {
        private readonly OtherOp _inner = new(new ProbeSpec());

        protected override Func<string> ForwardOutOfTree => _inner.Forward;
    }

    [Fact]
    public void Layer_without_forwards_is_replaced_like_an_op()
    {
        var registry = new OpRegistry([typeof(PlainLayer)], OpDispatch.OutOfTree);
        var registration = new OpRegistration(new OpOrigin("plugin", "plugin:R", "1.0.0"));
        registration.Module("module", m => m.Replace<PlainLayer, PluginLayer>());
        registry.Apply(registration);

        Assert.IsType<PluginLayer>(registry.Seal().Create<PlainLayer>(new ProbeSpec())); // R63
    }

    [OpName("PlainLayer", "plain_layer")]
    public class PlainLayer(ProbeSpec spec) : CustomOp(spec);

    public sealed class PluginLayer(ProbeSpec spec) : PlainLayer(spec);

    [Fact]
    public void Class_that_answers_for_a_key_can_be_asked_for() =>
        // R52
        Assert.Equal((typeof(PluginProbeOp), typeof(OtherOp)), (Table().TypeOf<ProbeOp>(), Table().TypeOf<OtherOp>()));

    [Fact]
    public void Named_op_that_is_not_registered_is_refused_with_those_that_are() => Assert.Equal(
        $"op `Stranger` ({typeof(StrangerOp).FullName}) is not registered; " +
        "registered: EveryForwardOp, OtherOp, ProbeOp",
        Assert.Throws<InvalidOperationException>(() => Table().Create<StrangerOp>(new ProbeSpec())).Message);

    [OpName("Stranger", "stranger")]
    public sealed class StrangerOp(ProbeSpec spec) : CustomOp<Func<string>>(spec);

    [Fact]
    public void Spec_of_another_family_is_refused_with_the_one_expected() => Assert.EndsWith(
        "PluginProbeOp is built from ProbeSpec, but OtherSpec came",
        Assert.Throws<InvalidOperationException>(() => Table().Create<ProbeOp>(new OtherSpec())).Message,
            StringComparison.Ordinal);

    private sealed record OtherSpec() : OpSpec("other", TorchSharp.torch.ScalarType.Float32, TorchSharp.torch.CPU);

    [Fact]
    public void Error_of_a_constructor_comes_through_as_it_is() => Assert.Equal("bad shape",
        Assert.Throws<ArgumentException>(() => Table(replacement: typeof(PickyOp)).Create<ProbeOp>(new ProbeSpec()))
            .Message);

    public sealed class PickyOp : ProbeOp
    {
        public PickyOp(ProbeSpec spec) : base(spec) => throw new ArgumentException("bad shape");
    }

    [Fact]
    public void Table_without_plugins_builds_every_op_as_itself()
    {
        var table = OpTable.InTree();

        Assert.Equal("native", table.Create<ProbeOp>(new ProbeSpec()).Forward());
        Assert.Equal(typeof(StrangerOp), table.Create<StrangerOp>(new ProbeSpec()).GetType());
    }
}
