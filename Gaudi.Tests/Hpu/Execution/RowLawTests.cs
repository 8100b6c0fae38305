using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Gaudi.Tests.Hpu.Models;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>A load says so when an op, or a machine, gives a row other bits among neighbours.</summary>
public sealed class RowLawTests
{
    [Fact]
    public void The_built_in_ops_keep_the_law()
    {
        using var model = RandomModel.Write(new RandomModelShape("Qwen3ForCausalLM") { HeadDim = 10 });
        Assert.Empty(Notes(model, OpTable.InTree()));
        Assert.Empty(Notes(model, PluginOps.Table()));
    }

    [Fact]
    public void An_op_that_looks_at_its_neighbours_is_named()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        var registry = new OpRegistry(OpRegistry.OpsOf(typeof(RmsNorm).Assembly), OpDispatch.OutOfTree);
        var registration = new OpRegistration(new OpOrigin("curious", "Curious:Register", "1.0.0"));
        registration.Module("curious", module => module.Replace<RmsNorm, CuriousNorm>());
        registry.Apply(registration);
        var note = Assert.Single(Notes(model, registry.Seal()));
        Assert.StartsWith("op RMSNorm of Gaudi.Tests gives a row other bits alone than among 17", note);
    }

    private static IEnumerable<string> Notes(RandomModel model, OpTable table)
    {
        using var runner = ModelLoader.Load(
            Runners.Settings(model.Folder), Runners.Card(), table, new SingleRankCollective(1));
        return runner.Facts.Notes;
    }

    private sealed class CuriousNorm(OpSpec spec) : RmsNorm(spec)
    {
        protected override NormForward ForwardOutOfTree => (x, residual) =>
        {
            using var scope = NewDisposeScope();
            var sum = residual is null ? x : x + residual;
            return new NormOutput(
                scope.MoveToOuter(sum * Weight + sum.mean([0], keepdim: true)),
                residual is null ? null : scope.MoveToOuter(sum));
        };
    }
}
