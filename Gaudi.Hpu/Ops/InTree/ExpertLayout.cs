namespace Gaudi.Hpu.Ops.InTree;

/// <summary>How a checkpoint names the weights of experts and lays them out.</summary>
public abstract record ExpertLayout
{
    /// <summary>
    /// What a rank reads, in order, each with its place. Tensors of other ranks' experts are among them with length 0,
    /// so that names and shapes of all are checked.
    /// </summary>
    internal abstract IEnumerable<ExpertPiece> Pieces(FusedMoeSpec spec);
}
