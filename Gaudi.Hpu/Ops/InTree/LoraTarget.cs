namespace Gaudi.Hpu.Ops.InTree;

/// <summary>One weight that an adapter may change: where its A and B lie in the adapter, and what this rank has of them.</summary>
/// <param name="Module">Its name in the model, such as `model.layers.0.self_attn.q_proj`.</param>
/// <param name="FirstColumn">Its first output among those of this rank's product.</param>
/// <param name="InputSize">Inputs over all ranks: columns of A.</param>
/// <param name="InputStart">The first input of this rank.</param>
/// <param name="InputCount">Inputs of this rank.</param>
/// <param name="OutputSize">Outputs over all ranks: rows of B.</param>
/// <param name="OutputStart">The first row of B that is this rank's.</param>
/// <param name="OutputCount">Outputs of this rank.</param>
public sealed record LoraTarget(
    string Module, int FirstColumn, int InputSize, int InputStart, int InputCount, int OutputSize, int OutputStart, int OutputCount)
{
    /// <summary>Whether it is an embedding: PEFT names its tensors otherwise, and every rank has its A whole.</summary>
    public bool IsEmbedding { get; init; }

    /// <summary>This rank's slice of A: [rank, inputs].</summary>
    public WeightSlice A(int rank) => InputCount == InputSize
        ? WeightSlice.Whole(NameOf('A'), rank, InputSize)
        : new WeightSlice(NameOf('A'), [rank, InputSize], 1, InputStart, InputCount);

    /// <summary>This rank's slice of B: [outputs, rank].</summary>
    public WeightSlice B(int rank) => new(NameOf('B'), [OutputSize, rank], 0, OutputStart, OutputCount);

    private string NameOf(char which) => IsEmbedding ? $"{Module}.lora_embedding_{which}" : $"{Module}.lora_{which}.weight";
}
