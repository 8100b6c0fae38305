namespace Gaudi.Hpu.Execution;

/// <summary>How the hidden states of a text become one vector.</summary>
public enum PoolingMode
{
    /// <summary>Their mean over all tokens.</summary>
    Mean,

    /// <summary>That of the last token.</summary>
    LastToken,
}
