using System.Collections.Immutable;
using Gaudi.Hpu;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;

namespace Gaudi.Tests.Actors;

/// <summary>
/// A runner that keeps tokens where a real one keeps keys and values. It draws from what its blocks hold, so a plan that
/// reads a block it did not fill, or another sequence's, gives another token or throws.
/// </summary>
internal sealed class FakeRunner(ModelRunnerFacts facts, ICollective lane, Action<StepPlan>? onStep = null) : IModelRunner
{
    private readonly int[] _cache = NewCache(facts);
    private ICollective _lane = lane;

    public ModelRunnerFacts Facts { get; } = facts;

    internal int RejoinCount { get; private set; }

    internal bool IsDisposed { get; private set; }

    internal static ModelRunnerFacts FactsOf(int maxModelLen = 64, int blockSizeTokens = 4, int kvBlockCount = 32) =>
        new("FakeForCausalLM", "float32", FakeModel.VocabularySize, maxModelLen, blockSizeTokens, kvBlockCount, 1000, 2000);

    public StepOutput Run(StepPlan plan)
    {
        onStep?.Invoke(plan);
        _lane.Barrier();
        var tokens = ImmutableArray.CreateBuilder<SampledToken>();
        var digest = 0UL;
        foreach (var step in plan.Sequences)
        {
            for (var i = 0; i < step.TokenIds.Length; i++)
                _cache[Slot(step, step.FirstPosition + i)] = step.TokenIds[i];
            if (step.Sampling is null)
                continue;
            var end = step.FirstPosition + step.TokenIds.Length;
            var seen = Enumerable.Range(0, end).Select(position => _cache[Slot(step, position)]).ToList();
            Invariant.That(!seen.Contains(-1), $"sequence {step.SequenceId} reads a position nobody computed");
            digest ^= FakeModel.Hash(seen);
            tokens.Add(new SampledToken(step.SequenceId, end, FakeModel.Next(seen), float.NaN, []));
        }
        return new StepOutput(plan.StepNumber, tokens.ToImmutable(), digest);
    }

    public void Rejoin(ICollective collective)
    {
        RejoinCount++;
        _lane = collective;
        Array.Fill(_cache, -1);
    }

    public void Dispose() => IsDisposed = true;

    private static int[] NewCache(ModelRunnerFacts facts)
    {
        var cache = new int[facts.KvBlockCount * facts.BlockSizeTokens];
        Array.Fill(cache, -1);
        return cache;
    }

    private int Slot(SequenceStep step, int position) =>
        step.BlockTable[position / Facts.BlockSizeTokens] * Facts.BlockSizeTokens + position % Facts.BlockSizeTokens;
}
