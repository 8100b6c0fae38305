using Gaudi.Hpu.Ops.Kernels;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Ops.InTree;

/// <summary>
/// What the router chose, read once: every token's experts by rising number, the order in which they add up.
/// </summary>
internal sealed unsafe class ExpertChoices
{
    private readonly ExpertChoice[] _choices; // [tokens, k]
    private readonly int _topK;

    /// <exception cref="InvariantBrokenException">An expert does not exist or is chosen twice by one token.</exception>
    public ExpertChoices(FusedMoeSpec spec, RoutedTokens routed)
    {
        using var scope = NewDisposeScope();
        var weights = routed.Weights.cpu().contiguous(); // [tokens, k]
        var ids = routed.Ids.cpu().contiguous(); // [tokens, k]
        var weight = (float*)TensorMemory.Pointer(weights);
        var id = (long*)TensorMemory.Pointer(ids);
        _topK = spec.TopK;
        _choices = new ExpertChoice[weights.numel()];
        for (var i = 0; i < _choices.Length; i++)
        {
            Invariant.That(
                (ulong)id[i] < (ulong)spec.ExpertCount, $"{spec.Prefix}: expert {id[i]} of {spec.ExpertCount}");
            _choices[i] = new ExpertChoice((int)id[i], weight[i]);
        }
        for (var token = 0; token < _choices.Length / _topK; token++)
            Order(spec, _choices.AsSpan(token * _topK, _topK));
    }

    /// <summary>A token's experts, by rising number.</summary>
    public ReadOnlySpan<ExpertChoice> Of(int token) => _choices.AsSpan(token * _topK, _topK);

    private static void Order(FusedMoeSpec spec, Span<ExpertChoice> choices)
    {
        choices.Sort((a, b) => a.Expert.CompareTo(b.Expert));
        for (var i = 1; i < choices.Length; i++)
            Invariant.That(
                choices[i].Expert != choices[i - 1].Expert,
                $"{spec.Prefix}: a token chooses expert {choices[i].Expert} once");
    }
}
