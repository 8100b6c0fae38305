using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>Verifies drafts: of each row, the drafts that stand, then one token of the target's.</summary>
/// <param name="input">Not changed.</param>
/// <returns>
/// [rows, DraftCountMax + 1], int32: the drafts that stand, then the token in place of the first that does not, or the
/// bonus token where all stand; filled up with -1. The caller disposes it.
/// </returns>
public delegate Tensor RejectionForward(RejectionInput input);
