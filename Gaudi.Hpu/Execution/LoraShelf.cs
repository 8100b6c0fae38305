using System.Collections.Immutable;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Models.Lora;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>
/// The adapters of one rank: its slices of those that are loaded, in the host's memory, and which of them lie in the card's
/// slots. The scheduler chooses the slots; here they are only filled. The card's thread.
/// </summary>
internal sealed class LoraShelf(ImmutableArray<ILoraLayer> layers, LoraSettings settings, ScalarType dtype) : IDisposable
{
    private readonly Dictionary<string, ImmutableArray<Slice>> _loaded = new(StringComparer.Ordinal);
    private readonly string?[] _slots = new string?[settings.SlotCount + 1];

    /// <summary>Ids of the adapters that are loaded, ordinal order.</summary>
    public ImmutableArray<string> Ids => [.. _loaded.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Reads this rank's slices of an adapter.</summary>
    /// <returns>Why it cannot be used; null when it can.</returns>
    public string? Add(LoraAdapter adapter)
    {
        if (_loaded.ContainsKey(adapter.Id))
            return null;
        if (_loaded.Count >= settings.AdapterCountMax)
            return $"{_loaded.Count} adapters are loaded, as many as may be (gaudi.lora.adapters-max); unload one first";
        var slices = ImmutableArray.CreateBuilder<Slice>();
        try
        {
            using var peft = PeftAdapter.Open(adapter, [.. layers.SelectMany(layer => layer.Targets)], settings.RankMax);
            foreach (var layer in layers)
            {
                for (var target = 0; target < layer.Targets.Length; target++)
                {
                    if (peft.Changes(layer.Targets[target]))
                        slices.Add(Read(peft, layer, target));
                }
            }
            _loaded.Add(adapter.Id, slices.ToImmutable());
            return null;
        }
        catch (CheckpointException refusal)
        {
            Release(slices);
            return refusal.Message;
        }
    }

    /// <summary>Forgets an adapter; unknown ones are ignored.</summary>
    public void Remove(string id)
    {
        if (!_loaded.Remove(id, out var slices))
            return;
        Release(slices);
        for (var slot = 1; slot < _slots.Length; slot++)
        {
            if (_slots[slot] == id)
                Clear(slot);
        }
    }

    /// <summary>Fills slots before a step; those that hold the same already are left.</summary>
    /// <exception cref="InvariantBrokenException">An adapter is not loaded, or there is no such slot.</exception>
    public void Place(ImmutableArray<LoraPlace> places)
    {
        foreach (var (slot, id) in places)
        {
            Invariant.That(slot >= 1 && slot < _slots.Length, $"adapter {id} in slot {slot} of {_slots.Length - 1}");
            if (_slots[slot] == id)
                continue;
            Invariant.That(_loaded.TryGetValue(id, out var slices), $"adapter {id} is not loaded; loaded: {string.Join(", ", Ids)}");
            Clear(slot);
            foreach (var slice in slices)
                slice.Layer.Fill(slot, slice.Target, slice.A, slice.B, slice.Scale);
            _slots[slot] = id;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var slices in _loaded.Values)
            Release(slices);
        _loaded.Clear();
    }

    private void Clear(int slot)
    {
        foreach (var layer in layers)
            layer.Clear(slot);
        _slots[slot] = null;
    }

    private Slice Read(PeftAdapter peft, ILoraLayer layer, int index)
    {
        var target = layer.Targets[index];
        using var a = peft.ReadA(target); // [rank, inputs]
        using var b = peft.ReadB(target); // [outputs, rank]
        return new Slice(
            layer, index, Padded(target.A(1).Name, a, [settings.RankMax, target.InputCount]),
            Padded(target.B(1).Name, b, [target.OutputCount, settings.RankMax]), peft.ScaleOf(target));
    }

    private Tensor Padded(string name, Tensor stored, long[] shape)
    {
        using var scope = NewDisposeScope();
        var wide = stored.to_type(ScalarType.Float32);
        if (wide.numel() > 0 && !wide.isfinite().all().item<bool>())
            throw new CheckpointException($"{name}: expected finite values, came some that are not; the training has diverged");
        var padded = zeros(shape, dtype);
        if (wide.numel() > 0)
            padded.narrow(0, 0, stored.shape[0]).narrow(1, 0, stored.shape[1]).copy_(wide);
        return padded.DetachFromDisposeScope();
    }

    private static void Release(IEnumerable<Slice> slices)
    {
        foreach (var slice in slices)
        {
            slice.A.Dispose();
            slice.B.Dispose();
        }
    }

    private sealed record Slice(ILoraLayer Layer, int Target, Tensor A, Tensor B, float Scale);
}
