namespace Gaudi.Hpu.Execution.Sampling;

/// <summary>
/// Makes tokens that came before less likely: repetition looks at prompt and answer, frequency and presence at the
/// answer alone (rule SM6). Repetition scales the logit first, then the others are subtracted.
/// </summary>
internal static class TokenPenalties
{
    /// <summary>True where a logit may change.</summary>
    public static bool IsActive(DrawPlace place) =>
        place.Parameters is not { PresencePenalty: 0, FrequencyPenalty: 0, RepetitionPenalty: 1 };

    /// <summary>Changes the logits of tokens before the draw.</summary>
    public static void Apply(DrawPlace place, Span<float> logits)
    {
        if (!IsActive(place))
            return;
        var counts = new int[logits.Length]; // [vocabulary]: how often the answer has it
        for (var position = place.Sequence.PromptTokenCount; position < place.Position; position++)
            counts[place.TokenAt(position)]++;
        var isDone = new bool[logits.Length]; // [vocabulary]
        for (var position = 0; position < place.Position; position++)
        {
            var token = place.TokenAt(position);
            if (!isDone[token])
                logits[token] = Penalised(logits[token], counts[token], place.Parameters);
            isDone[token] = true;
        }
    }

    private static float Penalised(float logit, int count, SamplingParameters parameters)
    {
        logit = logit > 0 ? logit / parameters.RepetitionPenalty : logit * parameters.RepetitionPenalty;
        logit -= parameters.FrequencyPenalty * count;
        return count > 0 ? logit - parameters.PresencePenalty : logit;
    }
}
