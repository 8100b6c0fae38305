namespace Gaudi.Hpu.Execution;

/// <summary>
/// How a request's tokens are drawn. A draw is a pure function of (logits, these values, choice, position).
/// </summary>
/// <param name="Temperature">0 to 2; below 1e-5 is greedy. No unit.</param>
/// <param name="TopP">Over 0, at most 1; 1 keeps everything.</param>
/// <param name="TopK">-1 or 0 keeps everything.</param>
/// <param name="MinP">0 to 1, relative to the largest probability.</param>
/// <param name="Seed">Given by the client, or by the gateway when the client gave none.</param>
/// <param name="LogprobCount">How many alternatives to report beside the sampled token; null reports none.</param>
public sealed record SamplingParameters(
    float Temperature, float TopP, int TopK, float MinP, long Seed, int? LogprobCount);
