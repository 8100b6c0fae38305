namespace Gaudi.Hpu.GaudiPlugin.Kernels;

/// <summary>A weight in panels of 16 outputs that can be widened to float32 a block of inputs at a time.</summary>
internal unsafe interface IPanels
{
    /// <summary>Outputs, without padding.</summary>
    int OutputCount { get; }

    /// <summary>Inputs.</summary>
    int InputCount { get; }

    /// <summary>Widens a block.</summary>
    /// <param name="panel">Outputs 16 * panel on; lanes behind the last output may hold anything finite.</param>
    /// <param name="first">The block's first input.</param>
    /// <param name="count">Its inputs.</param>
    /// <param name="to">[count, 16]. Overwritten.</param>
    void Widen(int panel, int first, int count, float* to);
}
