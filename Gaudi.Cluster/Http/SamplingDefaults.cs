namespace Gaudi.Cluster.Http;

/// <summary>Sampling values for requests that name none.</summary>
/// <param name="Temperature">0 is greedy.</param>
/// <param name="TopP">1 keeps everything.</param>
/// <param name="TopK">0 keeps everything.</param>
/// <param name="MinP">0 keeps everything.</param>
public sealed record SamplingDefaults(float Temperature, float TopP, int TopK, float MinP)
{
    /// <summary>OpenAI's: temperature 1 and no truncation.</summary>
    public static SamplingDefaults Neutral { get; } = new(1, 1, 0, 0);
}
