namespace Gaudi.Cluster.Http.Metrics;

/// <summary>The ranges of vLLM's histograms: boards compute quantiles from them.</summary>
/// <remarks>Source: vLLM, vllm/v1/metrics/loggers.py, as of 2026-08.</remarks>
internal static class MetricBounds
{
    /// <summary>Until the first token. Unit: seconds.</summary>
    public static double[] FirstToken =>
        [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560];

    /// <summary>From token to token. Unit: seconds.</summary>
    public static double[] TokenGap =>
        [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];

    /// <summary>Of a whole request or one of its phases. Unit: seconds.</summary>
    public static double[] Phase =>
        [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];

    /// <summary>Of choices asked for.</summary>
    public static double[] ChoiceCount => [1, 2, 5, 10, 20];

    /// <summary>Of an HTTP exchange. Unit: seconds.</summary>
    public static double[] Http => [0.1, 0.5, 1];

    /// <summary>Of token counts: 1, 2, 5, 10, 20 and so on, up to the longest sequence.</summary>
    public static double[] Tokens(int contextTokensMax)
    {
        var bounds = new List<double>();
        for (var power = 1L; ; power *= 10)
        {
            foreach (var bound in new[] { power, 2 * power, 5 * power })
            {
                if (bound > contextTokensMax)
                    return [.. bounds];
                bounds.Add(bound);
            }
        }
    }
}
