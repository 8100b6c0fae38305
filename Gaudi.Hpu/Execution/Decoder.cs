using System.Collections.Immutable;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>One model on one rank: its ops with their weights, its KV blocks, and the walk over a step's rows.</summary>
internal sealed class Decoder(DecoderModel model, LayerOps ops, KvCache cache) : IDisposable
{
    /// <summary>
    /// Rows the model computes at once: enough to reuse each weight, little enough to bound the activations.
    /// </summary>
    public const int PassRowsMax = 256;

    /// <summary>Rows whose logits exist at once.</summary>
    public const int LogitsRowsMax = 16;

    /// <summary>The model's ops.</summary>
    public LayerOps Ops => ops;

    /// <summary>The model's keys and values.</summary>
    public KvCache Cache => cache;

    /// <summary>
    /// Computes every row, stores its keys and values, and hands the wanted logits over: prompts first, sequences in the
    /// plan's order, positions ascending.
    /// </summary>
    /// <param name="plan">The step.</param>
    /// <param name="read">Takes the logits.</param>
    /// <param name="pool">Takes the hidden states of pooled sequences; null where nobody asks for them.</param>
    public void Run(StepPlan plan, LogitsReader read, HiddenReader? pool = null)
    {
        using var images = new StepImages(plan, model.ImageEncoder);
        foreach (var pass in StepPass.Of(plan, PassRowsMax))
            Run(pass, images, read, pool);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        cache.Dispose();
        ops.Dispose();
    }

    private void Run(StepPass pass, StepImages images, LogitsReader read, HiddenReader? pool)
    {
        using var scope = NewDisposeScope();
        ops.Lora?.Batch.Set(pass.Rows.LoraSlots);
        var hidden = model.Forward(pass.Rows, cache.Layers, embeddings => images.Place(pass, embeddings)); // [rows, hidden]
        if (pool is not null && !pass.Pooled.IsEmpty)
            Read(hidden, pass.Pooled, pool);
        foreach (var draws in pass.Draws.Chunk(LogitsRowsMax))
        {
            using var inner = NewDisposeScope();
            if (!pass.Rows.LoraSlots.IsEmpty)
                ops.Lora?.Batch.Set([.. draws.Select(draw => pass.Rows.LoraSlots[draw.Row])]);
            var rows = tensor(draws.Select(draw => (long)draw.Row).ToArray()); // [draws]
            var logits = model.Logits(hidden.index_select(0, rows), pass.Rows.Role); // [draws, vocabulary]
            for (var i = 0; i < draws.Length; i++)
                read(draws[i], Row(logits, i));
        }
        ops.Lora?.Batch.Set([]);
    }

    private static void Read(Tensor hidden, ImmutableArray<StepDraw> pooled, HiddenReader pool)
    {
        using var scope = NewDisposeScope();
        var rows = tensor(pooled.Select(one => (long)one.Row).ToArray()); // [pooled]
        var states = hidden.index_select(0, rows).to(ScalarType.Float32).contiguous(); // [pooled, hidden]
        for (var i = 0; i < pooled.Length; i++)
            pool(pooled[i], Row(states, i));
    }

    // The span lives as long as the tensor, which the caller's scope holds.
    private static unsafe ReadOnlySpan<float> Row(Tensor values, int row)
    {
        var width = (int)values.shape[1];
        return new ReadOnlySpan<float>((float*)TensorMemory.Pointer(values) + ((long)row * width), width);
    }
}
