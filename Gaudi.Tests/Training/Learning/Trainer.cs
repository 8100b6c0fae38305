using Gaudi.Tests.Training.Network;
using TorchSharp;
using static TorchSharp.torch;

namespace Gaudi.Tests.Training.Learning;

/// <summary>One step after another: batch in, loss out.</summary>
/// <param name="optimizer">Holds what is learnt: all weights, or an adapter's over weights that are frozen.</param>
/// <param name="adapter">Takes part in every step, or null.</param>
public sealed class Trainer(
    LlamaWeights weights, AdamW optimizer, LearningRate learningRate, bool usesBfloat16, LoraAdapter? adapter = null)
    : IDisposable
{
    private readonly LlamaNet _net = new(weights, usesBfloat16, adapter);

    /// <summary>Learns one batch.</summary>
    /// <param name="stepNumber">Counts from 1.</param>
    /// <returns>The mean loss over the tokens to be learnt, in nats.</returns>
    public double Step(int stepNumber, Batch batch)
    {
        using var scope = NewDisposeScope();
        var ids = tensor(batch.Ids, [batch.RowCount, batch.ColumnCount]); // [rows, columns]
        var hidden = _net.Forward(ids).view(-1, weights.Shape.Hidden); // [rows * columns, hidden]
        var learnt = hidden.index_select(0, tensor(batch.Places)); // [places, hidden]
        var loss = nn.functional.cross_entropy(_net.Logits(learnt), tensor(batch.Targets)); // []
        loss.backward();
        optimizer.Step(stepNumber, learningRate.At(stepNumber));
        return loss.ToDouble();
    }

    /// <inheritdoc/>
    public void Dispose() => _net.Dispose();
}
