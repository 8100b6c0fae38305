using System.Globalization;

namespace Gaudi.Hpu.Collectives;

/// <summary>What every rank must agree on before bytes are exchanged.</summary>
/// <param name="Operation">Which one.</param>
/// <param name="Bytes">A rank's own bytes; 0 for a barrier.</param>
/// <param name="Root">Whose bytes a broadcast gives; 0 for the others.</param>
public readonly record struct CollectiveCall(CollectiveOperation Operation, long Bytes, int Root)
{
    /// <summary>As messages name it: `Broadcast of 12 bytes from rank 1`.</summary>
    public override string ToString() => Operation switch
    {
        CollectiveOperation.Barrier => "Barrier",
        CollectiveOperation.Broadcast => string.Create(
            CultureInfo.InvariantCulture, $"Broadcast of {Bytes} bytes from rank {Root}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Operation} of {Bytes} bytes"),
    };
}
