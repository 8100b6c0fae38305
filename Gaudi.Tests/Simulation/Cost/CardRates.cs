namespace Gaudi.Tests.Simulation.Cost;

/// <summary>What one card can do, and how much of it a model gets.</summary>
/// <param name="MemoryBytes">Memory. Unit: bytes.</param>
/// <param name="MemoryBytesPerSecond">Peak of reading it.</param>
/// <param name="FlopsPerSecond">Peak of matrix products in the type of the weights.</param>
/// <param name="MemoryPart">The part of the memory's peak that a model reaches, over 0 to 1.</param>
/// <param name="MatrixPart">The part of the products' peak that linear layers reach.</param>
/// <param name="AttentionPart">The same for attention.</param>
/// <param name="LayerOverhead">Launches of one layer.</param>
/// <param name="StepOverhead">What a step takes beside its layers: input, sampling, the host.</param>
/// <param name="LoadBytesPerSecond">Reading a slice of the weights from storage onto the card.</param>
internal sealed record CardRates(
    long MemoryBytes, double MemoryBytesPerSecond, double FlopsPerSecond, double MemoryPart, double MatrixPart, double AttentionPart,
    TimeSpan LayerOverhead, TimeSpan StepOverhead, double LoadBytesPerSecond)
{
    /// <summary>Peak of the products of generated tokens, whose kernel is another one; null where it is the prompts'.</summary>
    public double? DecodeFlopsPerSecond { get; init; }

    /// <summary>What each generated token of a step takes in each layer beside products and reads.</summary>
    public TimeSpan RowLayerOverhead { get; init; }

    /// <summary>What each generated token of a step takes beside the layers: drawing it, and the way to its reader.</summary>
    public TimeSpan RowOverhead { get; init; }
}
