namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// The arithmetic of the mixer, one chunk or one token at a time. Every value is its own chain in a fixed order, so that
/// no cut and no other row changes its bits. Rows in memory are padded as <see cref="MambaSizes"/> says; padding is zero.
/// </summary>
internal unsafe interface IMambaScan
{
    /// <summary>silu(sum over j of in[l + j] W[j] + bias) for every row l.</summary>
    /// <param name="inputs">[width - 1 + rows, channels].</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="weights">The layer's.</param>
    /// <param name="to">[rows, channels]. Overwritten.</param>
    void Convolve(float* inputs, int rowCount, MambaWeights weights, float* to);

    /// <summary>Prompt tokens of one chunk, from the state at its beginning and the inputs kept since.</summary>
    /// <param name="state">Its slot keeps x, B and time steps of offsets 0 .. begin + rowCount - 1.</param>
    /// <param name="segment">The tokens.</param>
    /// <param name="weights">The layer's.</param>
    /// <param name="convolved">[rows, channels].</param>
    /// <param name="y">[rows, x]. Overwritten.</param>
    void Scan(MambaState state, MambaSegment segment, MambaWeights weights, float* convolved, float* y);

    /// <summary>Carries a slot's state over the first inputs it keeps.</summary>
    /// <param name="state">Overwritten in the slot.</param>
    /// <param name="slot">Which.</param>
    /// <param name="inputCount">0 .. chunk.</param>
    /// <param name="weights">The layer's.</param>
    void Fold(MambaState state, int slot, int inputCount, MambaWeights weights);

    /// <summary>Carries a slot's state over one generated token.</summary>
    /// <param name="state">Overwritten in the slot.</param>
    /// <param name="slot">Which.</param>
    /// <param name="weights">The layer's.</param>
    /// <param name="convolved">[channels].</param>
    /// <param name="timeSteps">[heads].</param>
    /// <param name="y">[x]. Overwritten.</param>
    void Step(MambaState state, int slot, MambaWeights weights, float* convolved, float* timeSteps, float* y);
}
