using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.GaudiPlugin;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Ops.InTree;

/// <summary>A mixer with random weights, one rank, and the inputs of a sequence; all values drawn from the seed.</summary>
internal sealed class MambaCase : IDisposable
{
    public MambaCase(int seed, MambaSizes sizes, bool isPlugin, ScalarType dtype = ScalarType.Float32, bool hasBias = true)
    {
        (Seed, Sizes, Dtype, HasBias) = (seed, sizes, dtype, hasBias);
        var table = isPlugin ? PluginOps.Table() : OpTable.InTree();
        Op = table.Create<MambaMixer2>(new MambaSpec("mixer", dtype, CPU, Specs.Alone(), sizes, hasBias)
        {
            TimeStepMin = 0.01f,
            TimeStepMax = 2,
        });
        using var scope = NewDisposeScope();
        for (var i = 0; i < Op.Slices.Length; i++)
        {
            var slice = Op.Slices[i];
            Op.Load(i, Weight(slice.Name.Split('.', 2)[1]).narrow(0, slice.Start, slice.Length));
        }
    }

    public int Seed { get; }

    public MambaSizes Sizes { get; }

    public ScalarType Dtype { get; }

    public bool HasBias { get; }

    public MambaMixer2 Op { get; }

    /// <summary>A whole weight by its name without the prefix.</summary>
    public Tensor Weight(string name) => name switch
    {
        "conv1d.weight" => Specs.Random(Seed + 1, ScalarType.Float32, Sizes.ChannelCount, 1, Sizes.ConvWidth),
        "conv1d.bias" => Specs.Random(Seed + 2, ScalarType.Float32, Sizes.ChannelCount),
        "A_log" => Specs.Random(Seed + 3, ScalarType.Float32, Sizes.HeadCount),
        "D" => Specs.Random(Seed + 4, ScalarType.Float32, Sizes.HeadCount),
        _ => Specs.Random(Seed + 5, ScalarType.Float32, Sizes.HeadCount),
    };

    /// <summary>[tokens, x | B | C] of a sequence.</summary>
    public Tensor States(int sequence, int tokenCount) =>
        Specs.Random((Seed * 100) + sequence, Dtype, tokenCount, Sizes.ChannelCount);

    /// <summary>[tokens, heads] of a sequence, before bias and softplus.</summary>
    public Tensor TimeSteps(int sequence, int tokenCount) =>
        Specs.Random((Seed * 100) + sequence + 50, Dtype, tokenCount, Sizes.HeadCount);

    public MambaState State(int slotCount) => new(Sizes, slotCount, CPU);

    /// <summary>A sequence in steps of the given lengths, repeated; a step ends where the role changes.</summary>
    public Tensor Compute(MambaState state, int slot, int sequence, int promptCount, int tokenCount, params int[] steps)
    {
        using var scope = NewDisposeScope();
        var (states, dt) = (States(sequence, tokenCount), TimeSteps(sequence, tokenCount));
        var outputs = new List<Tensor>();
        for (var (first, step) = (0, 0); first < tokenCount; step++)
        {
            var role = first < promptCount ? TokenRole.Prompt : TokenRole.Generated;
            var end = Math.Min(first + steps[step % steps.Length], first < promptCount ? promptCount : tokenCount);
            outputs.Add(Op.Forward(
                states.narrow(0, first, end - first), dt.narrow(0, first, end - first), state,
                Rows(role, slot, first, end)));
            first = end;
        }
        return cat(outputs, 0).MoveToOuterDisposeScope();
    }

    public static MambaRows Rows(TokenRole role, int slot, int first, int end) =>
        new(role, [.. Enumerable.Repeat(slot, end - first)], [.. Enumerable.Range(first, end - first)]);

    public void Dispose() => Op.Dispose();
}
