using Gaudi.Hpu.Execution;

namespace Gaudi.Cluster.Http;

/// <summary>The sampling fields of a request, checked and brought to the form the engine takes.</summary>
internal static class SamplingFields
{
    /// <summary>Below it sampling is greedy. Source: vLLM's sampling_params.py.</summary>
    public const float GreedyBelow = 1e-5f;

    /// <summary>
    /// A temperature between greedy and this is raised to it: dividing by less overflows. Source: as above.
    /// </summary>
    public const float TemperatureMin = 0.01f;

    /// <summary>Reads and checks the fields.</summary>
    /// <param name="fields">The request.</param>
    /// <param name="defaults">For fields the client left out.</param>
    /// <param name="logprobCount">Alternatives beside each token; null reports none.</param>
    /// <param name="numbers">Gives the seed when the client gave none.</param>
    /// <exception cref="ApiException">A type or a range.</exception>
    public static SamplingParameters Read(
        RequestFields fields, SamplingDefaults defaults, int? logprobCount, IRequestNumbers numbers)
    {
        var temperature = fields.Number("temperature", 0, 2) ?? defaults.Temperature;
        var topP = fields.Number("top_p", 0, 1, isMinAllowed: false) ?? defaults.TopP;
        var topK = (int)(fields.Integer("top_k", -1, int.MaxValue) ?? defaults.TopK);
        var minP = fields.Number("min_p", 0, 1) ?? defaults.MinP;
        var seed = fields.Integer("seed") is { } given and not -1 ? given : numbers.NextSeed();
        if (temperature < GreedyBelow)
            return new SamplingParameters(0, 1, 0, 0, seed, logprobCount);
        if (temperature < TemperatureMin)
            fields.Changes.Add("Requests ask for a temperature between 0 and 0.01; it is raised to 0.01");
        return new SamplingParameters(Math.Max(temperature, TemperatureMin), topP, topK, minP, seed, logprobCount);
    }

    /// <summary>Whether the likeliest token is always taken.</summary>
    public static bool IsGreedy(SamplingParameters sampling) => sampling.Temperature < GreedyBelow;
}
