using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Layers;

/// <summary>Input projection, convolution and state space, gated norm, output projection.</summary>
/// <remarks>
/// The checkpoint's `in_proj` holds gate | x | B | C | dt, one below the other; every rank reads its share of each. A
/// single group's B and C stay whole on every rank, in a product of their own.
/// </remarks>
public sealed class Mamba2Block : ISequenceMixer
{
    private readonly MergedColumnParallelLinear _input;
    private readonly ReplicatedLinear? _shared; // B | C, where there is one group for several ranks
    private readonly MambaMixer2 _mixer;
    private readonly Mixer2RmsNormGated _norm;
    private readonly RowParallelLinear _output;

    /// <summary>Builds its ops; the weights are loaded later.</summary>
    /// <param name="ops">Builds them.</param>
    /// <param name="prefix">Checkpoint prefix, such as `model.layers.0.mamba`.</param>
    /// <param name="shape">Sizes over all ranks.</param>
    /// <exception cref="InvariantBrokenException">The sizes do not split over the ranks.</exception>
    public Mamba2Block(LayerOps ops, string prefix, Mamba2Shape shape)
    {
        var sizes = shape.Sizes;
        _mixer = ops.MambaMixer(new MambaSpec(prefix, ops.Dtype, ops.Device, ops.Lane, sizes, shape.HasConvBias)
        {
            TimeStepMin = shape.TimeStepMin,
            TimeStepMax = shape.TimeStepMax,
        });
        var (gate, x, b, c, dt) = Parts(prefix, sizes);
        var isShared = sizes.GroupCount == 1 && ops.Lane.WorldSize > 1;
        _input = isShared
            ? ops.Merged($"{prefix}.in_proj", shape.HiddenSize, shape.HasBias, gate, x, dt)
            : ops.Merged($"{prefix}.in_proj", shape.HiddenSize, shape.HasBias, gate, x, b, c, dt);
        _shared = isShared ? ops.Replicated($"{prefix}.in_proj", shape.HiddenSize, shape.HasBias, b, c) : null;
        _norm = ops.GatedNorm($"{prefix}.norm", sizes.InnerSize, sizes.GroupCount, shape.NormEpsilon);
        _output = ops.Row($"{prefix}.out_proj", sizes.InnerSize, shape.HiddenSize, shape.HasBias);
    }

    /// <summary>Of this rank: what a <see cref="MambaState"/> for this layer is made of.</summary>
    public MambaSizes Sizes => _mixer.Sizes;

    /// <inheritdoc />
    public Tensor Forward(Tensor x, Tensor positions, LayerMemory memory, StepRows rows) =>
        Forward(x, memory.As<MambaState>(), new MambaRows(rows.Role, rows.StateSlots, rows.Positions));

    /// <summary>Computes every row and carries its sequence's state on.</summary>
    /// <param name="x">[tokens, hidden]. Not changed.</param>
    /// <param name="state">This layer's slots.</param>
    /// <param name="rows">Whose tokens the rows are.</param>
    /// <returns>[tokens, hidden], the same on every rank; the caller disposes it.</returns>
    public Tensor Forward(Tensor x, MambaState state, MambaRows rows)
    {
        using var scope = NewDisposeScope();
        var (gate, channels, dt) = Project(x, rows.Role);
        var y = _mixer.Forward(channels, dt, state, rows); // [tokens, heads * headDim of this rank]
        var normed = _norm.Forward(y, gate); // [tokens, heads * headDim of this rank]
        return scope.MoveToOuter(_output.Forward(normed, rows.Role)); // [tokens, hidden]
    }

    // [tokens, heads * headDim], [tokens, x | B | C], [tokens, heads], all of this rank; the caller's scope owns them.
    private (Tensor Gate, Tensor Channels, Tensor TimeSteps) Project(Tensor x, TokenRole role)
    {
        var (inner, grouped, heads) = ((long)Sizes.InnerSize, (long)Sizes.GroupedSize, (long)Sizes.HeadCount);
        var input = _input.Forward(x, role); // [tokens, gate | x | (B | C) | dt]
        var parts = _shared is null
            ? input.split([inner, inner, grouped, grouped, heads], 1)
            : input.split([inner, inner, heads], 1);
        if (_shared is not null)
        {
            var shared = _shared.Forward(x, role).split([grouped, grouped], 1); // B, C
            parts = [parts[0], parts[1], shared[0], shared[1], parts[2]];
        }
        return (parts[0], cat([parts[1], parts[2], parts[3]], 1), parts[4]);
    }

    private static (LinearPart Gate, LinearPart X, LinearPart B, LinearPart C, LinearPart TimeStep) Parts(
        string prefix, MambaSizes sizes)
    {
        var firstRow = 0;
        var totalRows = sizes.InnerSize + sizes.ChannelCount + sizes.HeadCount;
        return (Next("gate", sizes.InnerSize), Next("x", sizes.InnerSize), Next("B", sizes.GroupedSize),
            Next("C", sizes.GroupedSize), Next("dt", sizes.HeadCount));

        LinearPart Next(string name, int rowCount)
        {
            var fused = new FusedRows($"{prefix}.in_proj", firstRow, totalRows);
            firstRow += rowCount;
            return new LinearPart($"{prefix}.in_proj.{name}", rowCount) { Fused = fused };
        }
    }
}
