namespace Gaudi.Hpu.Ops.InTree;

/// <summary>How a class of rotary embeddings departs from the plain one; each class has its own record.</summary>
public abstract record RotaryScaling;
