using System.Collections.Immutable;
using Gaudi.Hpu.Execution;

namespace Gaudi.Tests.Hpu.Execution.Sampling;

/// <summary>The rules of sampling in the plainest words, one token at a time, to compare the sampler with.</summary>
internal static class PlainSampler
{
    /// <summary>The processors, in the order of section 4.5.</summary>
    public static float[] Process(
        float[] raw, ImmutableArray<int> prompt, ImmutableArray<int> answer, SamplingParameters parameters)
    {
        var logits = raw.ToArray();
        for (var token = 0; token < logits.Length; token++)
        {
            var isBad = parameters.BadWords.Any(word =>
                word[^1] == token && word.Length <= answer.Length + 1
                && answer.TakeLast(word.Length - 1).SequenceEqual(word.SkipLast(1)));
            var isEarlyEnd = answer.Length < parameters.TokensMin && parameters.EndTokenIds.Contains(token);
            if (parameters.AllowedTokenIds?.Contains(token) == false || isBad || isEarlyEnd)
                logits[token] = float.NegativeInfinity;
            foreach (var bias in parameters.LogitBiases.Where(bias => bias.TokenId == token))
                logits[token] += bias.Bias;
            var count = answer.Count(one => one == token);
            if (count > 0 || prompt.Contains(token))
            {
                if (logits[token] > 0)
                    logits[token] /= parameters.RepetitionPenalty;
                else
                    logits[token] *= parameters.RepetitionPenalty;
            }
            logits[token] -= parameters.FrequencyPenalty * count;
            logits[token] -= parameters.PresencePenalty * (count > 0 ? 1 : 0);
        }
        return logits;
    }

    /// <summary>The tokens that may be drawn: min-p, then top-k, then top-p.</summary>
    /// <param name="logits">Processed.</param>
    /// <param name="weights">Their probabilities relative to the largest, before anything is excluded.</param>
    /// <param name="parameters">Of the request.</param>
    public static int[] Kept(float[] logits, float[] weights, SamplingParameters parameters)
    {
        var order = Enumerable.Range(0, logits.Length).OrderByDescending(token => logits[token]).ToList();
        order = [.. order.Where(token => weights[token] > 0 && weights[token] >= parameters.MinP)];
        if (parameters.TopK > 0)
            order = [.. order.Where(token => logits[token] >= logits[order[Math.Min(parameters.TopK, order.Count) - 1]])];
        var sum = order.Order().Sum(token => (double)weights[token]);
        for (var excluded = 0.0; parameters.TopP < 1 && order.Count > 1; order.RemoveAt(order.Count - 1))
        {
            excluded += weights[order[^1]];
            if (excluded > (1 - (double)parameters.TopP) * sum)
                break;
        }
        return [.. order.Order()];
    }
}
