namespace Gaudi.Hpu.Ops.InTree;

/// <summary>What of a linear layer the ranks divide.</summary>
public enum LinearSplit
{
    /// <summary>Nothing: every rank holds it whole.</summary>
    Nothing,

    /// <summary>The outputs: column-parallel.</summary>
    Outputs,

    /// <summary>The inputs, in shards of the fixed tree: row-parallel.</summary>
    Inputs,
}
