using System.Collections.Immutable;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// What the ops share that add adapters' products: slots with their weights, and the walk over the rows of each adapter. A
/// product with B is one chain over the highest rank, then scaled, then added: no bit depends on the slot or the company.
/// </summary>
/// <remarks>
/// Upstream multiplies all rows by all adapters and masks. Here the rows of an adapter are taken out instead: 0 * infinity is
/// no number, and -0 + 0 is another zero, so a mask could change a row that has no adapter.
/// </remarks>
public abstract class LoraLayer : CustomOp<LoraForward>, ILoraLayer
{
    private readonly Dictionary<(int Slot, int Target), LoraSlot> _slots = [];
    private readonly int[] _chain;

    /// <summary>Takes no memory for a slot until it is filled.</summary>
    private protected LoraLayer(OpSpec spec) : base(spec)
    {
        Spec = (LoraSpec)spec;
        _chain = [0, Spec.Room.RankMax];
    }

    /// <summary>What it was built from.</summary>
    public new LoraSpec Spec { get; }

    /// <inheritdoc />
    public ImmutableArray<LoraTarget> Targets => Spec.Targets;

    /// <summary>Whether a row of the pass has an adapter.</summary>
    public bool HasRows => !Spec.Room.Batch.Groups.IsEmpty;

    /// <inheritdoc />
    public long SlotBytes => Spec.Room.SlotCount * Spec.Targets.Sum(target =>
        ABytes(target) + PackedMatrix.BytesOf(target.OutputCount, Spec.Room.RankMax, Spec.Dtype));

    /// <inheritdoc />
    /// <remarks>The rows as they are and widened, their products with A, before and after the sum over ranks, and with B.</remarks>
    public long ScratchBytes(int rowCount) => (long)rowCount * sizeof(float) * Spec.Targets.Max(target =>
        (target.IsEmbedding ? 0 : 2L * target.InputCount) + (4L * Spec.Room.RankMax) + target.OutputCount);

    /// <inheritdoc />
    public void Fill(int slot, int target, Tensor a, Tensor b, float scale)
    {
        Invariant.That(slot >= 1 && slot <= Spec.Room.SlotCount, $"{Spec.Prefix}: slot {slot} of {Spec.Room.SlotCount}");
        if (!_slots.TryGetValue((slot, target), out var room))
            _slots.Add((slot, target), room = NewSlot(Spec.Targets[target]));
        FillA(room.A, a);
        room.B.Fill(0, b);
        room.Scale = scale;
    }

    /// <inheritdoc />
    public void Clear(int slot)
    {
        foreach (var room in _slots.Where(one => one.Key.Slot == slot))
            room.Value.Scale = null;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var room in _slots.Values)
        {
            room.A.Dispose();
            room.B.Dispose();
        }
        GC.SuppressFinalize(this);
    }

    /// <summary>Bytes of one slot's A.</summary>
    private protected abstract long ABytes(LoraTarget target);

    /// <summary>Room for an A, [rank, inputs] as the products want it.</summary>
    private protected abstract PackedMatrix NewA(LoraTarget target);

    /// <summary>Copies an A, [highest rank, inputs], into its room.</summary>
    private protected virtual void FillA(PackedMatrix room, Tensor a) => room.Fill(0, a);

    /// <summary>A x of some rows: [rows, highest rank], float32.</summary>
    private protected abstract Tensor Shrink(Tensor rows, PackedMatrix a, LoraProduct product);

    /// <summary>The forward, with a kernel's product.</summary>
    private protected void Add(Tensor sums, Tensor x, LoraProduct product)
    {
        var batch = Spec.Room.Batch;
        if (!HasRows)
            return;
        Invariant.That(
            batch.RowCount == x.shape[0] && sums.shape[0] == x.shape[0] && sums.dtype == ScalarType.Float32,
            $"{Spec.Prefix}: a batch of {batch.RowCount} rows, {x.shape[0]} came");
        for (var target = 0; target < Spec.Targets.Length; target++)
        {
            using var scope = NewDisposeScope();
            var found = batch.Groups
                .Select(group => (Group: group, Slot: _slots.GetValueOrDefault((group.Slot, target))))
                .Where(one => one.Slot?.Scale is not null).ToArray();
            if (found.Length > 0)
                Add(sums, x, Spec.Targets[target], found!, product);
        }
    }

    private void Add(
        Tensor sums, Tensor x, LoraTarget target, (LoraGroup Group, LoraSlot Slot)[] found, LoraProduct product)
    {
        var shrunk = cat(found.Select(one => Shrink(RowsOf(x, one.Group), one.Slot.A, product)).ToArray()); // [rows, rank]
        if (Spec.SplitsInputs)
            Spec.Lane.AllReduceSum(shrunk);
        var first = 0L;
        foreach (var (group, slot) in found)
        {
            var mine = shrunk.narrow(0, first, group.Rows.Length); // [rows, rank]
            first += group.Rows.Length;
            if (target.OutputCount > 0)
                AddRows(sums, group, target.FirstColumn, product(mine, slot.B, _chain), slot.Scale!.Value);
        }
    }

    private static Tensor RowsOf(Tensor x, LoraGroup group) => group.Rows.Length == x.shape[0]
        ? x
        : x.index_select(0, tensor(group.Rows.Select(row => (long)row).ToArray())); // [rows, inputs]

    private static unsafe void AddRows(Tensor sums, LoraGroup group, int firstColumn, Tensor products, float scale)
    {
        var (width, count) = (sums.shape[1], (int)products.shape[1]);
        var from = (float*)TensorMemory.Pointer(products);
        foreach (var row in group.Rows)
        {
            var to = (float*)TensorMemory.Pointer(sums) + (row * width) + firstColumn;
            for (var i = 0; i < count; i++)
                to[i] += from[i] * scale;
            from += count;
        }
    }

    private LoraSlot NewSlot(LoraTarget target) =>
        new(NewA(target), new PackedMatrix(target.OutputCount, Spec.Room.RankMax, Spec.Dtype, Spec.Device));

    // No scale: empty.
    private sealed class LoraSlot(PackedMatrix a, PackedMatrix b)
    {
        public PackedMatrix A => a;

        public PackedMatrix B => b;

        public float? Scale { get; set; }
    }
}
