using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gaudi.Hpu;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.KvTransfer;
using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Tests.Actors;

/// <summary>
/// A runner that keeps tokens and roles where a real one keeps keys and values. It draws from what its blocks hold, so a
/// plan that reads a block it did not fill, or another sequence's, gives another token or throws.
/// </summary>
internal sealed class FakeRunner(ModelRunnerFacts facts, ICollective lane, Action<StepPlan>? onStep = null) : IModelRunner
{
    private readonly (int TokenId, bool IsPrompt)[] _cache = NewCache(facts);
    private readonly Dictionary<int, (long SequenceId, int Position)> _states = [];
    private ICollective _lane = lane;

    public ModelRunnerFacts Facts { get; } = facts;

    /// <summary>Whether a step may name loaded adapters alone.</summary>
    internal bool ChecksLoras { get; init; }
    public unsafe KvCaches Caches => new(
        [new BlockRegion(
            (long)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_cache)), sizeof((int, bool)) * Facts.BlockSizeTokens,
            Facts.KvBlockCount)],
        Facts.KvBlockCount, "tokens and roles");

    /// <summary>What a transfer would have written: prompt tokens in blocks.</summary>
    internal void Bring(IReadOnlyList<int> blocks, ReadOnlySpan<int> tokens)
    {
        for (var i = 0; i < tokens.Length; i++)
            _cache[blocks[i / Facts.BlockSizeTokens] * Facts.BlockSizeTokens + i % Facts.BlockSizeTokens] = (tokens[i], true);
    }

    internal int RejoinCount { get; private set; }

    internal bool IsDisposed { get; private set; }

    internal static ModelRunnerFacts FactsOf(int maxModelLen = 64, int blockSizeTokens = 4, int kvBlockCount = 32) =>
        new("FakeForCausalLM", "float32", FakeModel.VocabularySize, maxModelLen, blockSizeTokens, kvBlockCount, 1000, 2000)
        {
            HiddenSize = 2,
        };

    public StepOutput Run(StepPlan plan)
    {
        onStep?.Invoke(plan);
        Invariant.That(
            !ChecksLoras || plan.Loras.All(place => LoraIds.Contains(place.LoraId)), $"the step names adapters beside {string.Join(", ", LoraIds)}");
        _lane.Barrier();
        var tokens = ImmutableArray.CreateBuilder<SampledToken>();
        var drafts = ImmutableArray.CreateBuilder<DraftedTokens>();
        var scores = ImmutableArray.CreateBuilder<PromptScore>();
        var pooled = ImmutableArray.CreateBuilder<PooledState>();
        var digest = 0UL;
        foreach (var step in plan.Sequences)
        {
            Invariant.That(
                step.Masks.IsEmpty || (step.Sampling is not null && step.Masks.Length == step.DraftCount + 1),
                $"sequence {step.SequenceId}: {step.Masks.Length} masks for {step.DraftCount} drafts");
            KeepState(step);
            for (var i = 0; i < step.TokenIds.Length; i++)
                _cache[Slot(step, step.FirstPosition + i)] = (step.TokenIds[i], IsPrompt(step, step.FirstPosition + i));
            scores.AddRange(Score(step));
            if (step.Pooling is { } pooling)
                pooled.Add(new PooledState(step.SequenceId, Pool(step, pooling)));
            if (step.Sampling is null)
                continue;
            var seen = Seen(step);
            Invariant.That(
                step.History.IsEmpty ? !step.Sampling.NeedsHistory || step.FirstPosition == 0
                    : step.History.SequenceEqual(seen[..step.FirstPosition]),
                $"sequence {step.SequenceId} brings another history than its blocks hold");
            var drawn = Draw(step, seen, ref digest);
            tokens.AddRange(drawn);
            if (step.DraftCountMax > 0)
                drafts.Add(Propose(step, [.. seen[..drawn[0].Position], .. drawn.Select(token => token.TokenId)]));
        }
        return new StepOutput(plan.StepNumber, tokens.ToImmutable(), digest)
        {
            Drafts = drafts.ToImmutable(), PromptScores = scores.ToImmutable(), Pooled = pooled.ToImmutable(),
        };
    }

    public void Rejoin(ICollective collective)
    {
        RejoinCount++;
        _lane = collective;
        Array.Fill(_cache, (-1, false));
        _states.Clear();
    }

    public ImmutableArray<string> LoraIds { get; private set; } = [];

    /// <summary>A folder that is called bad is refused.</summary>
    public string? AddLora(LoraAdapter adapter)
    {
        if (adapter.Folder.Contains("bad", StringComparison.Ordinal))
            return $"{adapter.Folder}: expected an adapter";
        LoraIds = LoraIds.Contains(adapter.Id) ? LoraIds : LoraIds.Add(adapter.Id);
        return null;
    }

    public void RemoveLora(string id) => LoraIds = LoraIds.Remove(id);

    public void Dispose() => IsDisposed = true;

    // A state is that of one sequence and goes on where it stands, or begins anew at position 0.
    private void KeepState(SequenceStep step)
    {
        if (Facts.StateSlotCount == 0)
            return;
        Invariant.That(
            step.StateSlot < Facts.StateSlotCount && step.DraftCount == 0,
            $"sequence {step.SequenceId}: state {step.StateSlot} of {Facts.StateSlotCount}, {step.DraftCount} drafts");
        Invariant.That(
            step.FirstPosition == 0 || _states.GetValueOrDefault(step.StateSlot) == (step.SequenceId, step.FirstPosition),
            $"sequence {step.SequenceId} goes on at {step.FirstPosition} with the state of another, or of another position");
        _states[step.StateSlot] = (step.SequenceId, step.FirstPosition + step.TokenIds.Length);
    }

    // Hidden states are seen from the first position on: a plan that skips one gives another vector.
    private ImmutableArray<float> Pool(SequenceStep step, PoolingStep pooling)
    {
        Invariant.That(step.Sampling is null, $"sequence {step.SequenceId} is pooled and draws");
        var seen = Seen(step);
        var vector = pooling.Sum;
        for (var end = step.FirstPosition + 1; end <= seen.Count; end++)
        {
            var state = FakeModel.Hidden(seen[..end]);
            vector = pooling.Mode == PoolingMode.LastToken || vector.IsEmpty ? state : [.. vector.Zip(state, (one, other) => one + other)];
        }
        return vector;
    }

    private static (int TokenId, bool IsPrompt)[] NewCache(ModelRunnerFacts facts)
    {
        // Pinned, so that a transfer lane may read and write it.
        var cache = GC.AllocateArray<(int, bool)>(facts.KvBlockCount * facts.BlockSizeTokens, pinned: true);
        Array.Fill(cache, (-1, false));
        return cache;
    }

    private static bool IsPrompt(SequenceStep step, int position) => position < step.PromptTokenCount;

    private int Slot(SequenceStep step, int position) =>
        step.BlockTable[position / Facts.BlockSizeTokens] * Facts.BlockSizeTokens + position % Facts.BlockSizeTokens;

    private List<int> Seen(SequenceStep step)
    {
        List<int> seen = [];
        for (var position = 0; position < step.FirstPosition + step.TokenIds.Length; position++)
        {
            var (token, isPrompt) = _cache[Slot(step, position)];
            Invariant.That(token >= 0, $"sequence {step.SequenceId} reads position {position}, which nobody computed");
            Invariant.That(
                isPrompt == IsPrompt(step, position), $"sequence {step.SequenceId} reads position {position} of another role");
            seen.Add(token);
        }
        return seen;
    }

    // A draft stands where the model goes on with it.
    private static List<SampledToken> Draw(SequenceStep step, List<int> seen, ref ulong digest)
    {
        List<SampledToken> drawn = [];
        for (var end = seen.Count - step.DraftCount; end <= seen.Count; end++)
        {
            digest ^= FakeModel.Hash(seen[..end]);
            var mask = step.Masks.IsEmpty ? null : step.Masks[end - (seen.Count - step.DraftCount)];
            drawn.Add(new SampledToken(step.SequenceId, end, FakeModel.Next(Salted(step, seen[..end]), mask), float.NaN, []));
            if (end < seen.Count && seen[end] != drawn[^1].TokenId)
                break;
        }
        return drawn;
    }

    // What is drawn depends on the seed, as it does where it is random.
    private static IEnumerable<int> Salted(SequenceStep step, List<int> tokens) =>
        step.Sampling!.Temperature > 0 ? tokens.Append((int)(step.Sampling.Seed % 1000)) : tokens;

    // As good as the model, but for every third place. Its own keys and values need the places behind the known tokens.
    private DraftedTokens Propose(SequenceStep step, List<int> known)
    {
        for (var i = 0; i < step.DraftCountMax; i++)
            _ = Slot(step, step.FirstPosition + step.TokenIds.Length + i);
        var proposed = FakeModel.Continue(known, step.DraftCountMax);
        return new DraftedTokens(
            step.SequenceId,
            [.. proposed.Select((token, i) => (known.Count + i) % 3 == 0 ? (token + 1) % FakeModel.VocabularySize : token)]);
    }

    private static IEnumerable<PromptScore> Score(SequenceStep step)
    {
        if (step.PromptScoring is not { } scoring)
            yield break;
        for (var i = 0; i < step.TokenIds.Length; i++)
        {
            var next = i + 1 < step.TokenIds.Length ? step.TokenIds[i + 1] : scoring.NextTokenId;
            if (next is { } token && IsPrompt(step, step.FirstPosition + i + 1))
                yield return new PromptScore(step.SequenceId, step.FirstPosition + i + 1, token, -token, 1, []);
        }
    }
}
