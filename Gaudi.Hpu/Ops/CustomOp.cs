namespace Gaudi.Hpu.Ops;

/// <summary>
/// An operation of a model that a plugin may replace. Made by <see cref="OpTable.Create{T}"/> only: the table decides
/// which class is built and which forward it runs, once, at construction (rules R47, R53).
/// </summary>
public abstract class CustomOp
{
    private readonly OpCallCounter _calls;

    /// <summary>Takes the decision the table has just made for this construction.</summary>
    /// <exception cref="InvalidOperationException">The op was built without the table.</exception>
    protected CustomOp(OpSpec spec)
    {
        var decision = OpConstruction.Take(GetType());
        Spec = spec;
        Dispatch = decision.Dispatch;
        Key = decision.Key;
        _calls = decision.Calls;
    }

    /// <summary>What the op was built from.</summary>
    public OpSpec Spec { get; }

    /// <summary>The registry key under which it was looked up.</summary>
    public string Key { get; }

    /// <summary>Which forward runs.</summary>
    public OpDispatch Dispatch { get; }

    /// <summary>Counts one forward. The counter is shared by every instance of the same key in the table.</summary>
    protected void CountCall() => _calls.Increment();
}
