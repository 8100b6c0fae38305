namespace Gaudi.Hpu.Ops;

/// <summary>
/// Hands the table's decision to the constructor of the op it is building, so that no op can be built beside the table.
/// </summary>
internal static class OpConstruction
{
    [ThreadStatic]
    private static Decision? _pending;

    internal sealed record Decision(string Key, OpDispatch Dispatch, OpCallCounter Calls);

    internal static T Build<T>(Decision decision, Func<T> construct)
    {
        var outer = _pending;
        _pending = decision;
        try
        {
            return construct();
        }
        finally
        {
            _pending = outer;
        }
    }

    internal static Decision Take(Type type)
    {
        var decision = _pending ?? throw new InvalidOperationException(
            $"{type.Name} was built with `new`; ops are built by OpTable.Create so that plugins can replace them");
        _pending = null;
        return decision;
    }
}
