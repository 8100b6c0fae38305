namespace Gaudi.Tests.Storm;

/// <summary>The faults of a history and what each cost.</summary>
internal sealed class FaultLedger
{
    private readonly List<Fault> _faults = [];
    private readonly Dictionary<long, double> _lastTokens = [];
    private readonly List<(double FromMs, double ToMs)> _waits = [];
    private double _lastMs;

    /// <summary>Takes the next event; those of others are passed over.</summary>
    internal void Take(StormEvent happened)
    {
        _lastMs = happened.AtMs;
        switch (happened.Kind)
        {
            case StormEventKind.Token:
                if (_lastTokens.TryGetValue(happened.Request!.Value, out var last))
                    _waits.Add((last, happened.AtMs));
                _lastTokens[happened.Request.Value] = happened.AtMs;
                break;
            case StormEventKind.FaultBegun:
                _faults.Add(new Fault(happened.Fault!.Value, happened.Class!, happened.AtMs));
                break;
            case StormEventKind.FaultHealed:
                if (_faults.FindLast(fault => fault.Number == happened.Fault) is { } healed)
                    healed.HealedMs = happened.AtMs;
                break;
        }
    }

    /// <summary>Measures; a fault that did not heal, or came before the one before it had healed, is a violation.</summary>
    internal IReadOnlyList<FaultMeasure> Close(List<string> violations)
    {
        var healedBefore = 0d;
        foreach (var fault in _faults)
        {
            if (fault.BegunMs < healedBefore)
                violations.Add($"fault {fault.Number} ({fault.Class}) came before the one before it had healed");
            if (fault.HealedMs is null)
                violations.Add($"fault {fault.Number} ({fault.Class}) never healed");
            healedBefore = fault.HealedMs ?? double.MaxValue;
        }
        return [.. _faults.Select(Measure)];
    }

    private FaultMeasure Measure(Fault fault)
    {
        var end = fault.HealedMs ?? _lastMs;
        // Every client had the end of an answer before it counted as healed: a wait that ends later is another fault's.
        var gap = _waits.Where(wait => wait.ToMs > fault.BegunMs && wait.ToMs <= end).Select(wait => wait.ToMs - wait.FromMs)
            .DefaultIfEmpty(0).Max();
        return new FaultMeasure(fault.Number, fault.Class, gap, fault.HealedMs - fault.BegunMs);
    }

    private sealed class Fault(int number, string name, double begunMs)
    {
        public int Number { get; } = number;

        public string Class { get; } = name;

        public double BegunMs { get; } = begunMs;

        public double? HealedMs { get; set; }
    }
}
