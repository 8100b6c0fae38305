using System.Text.Json;

namespace Gaudi.Cluster.Http;

/// <summary>Sampling values for requests that name none.</summary>
/// <param name="Temperature">0 to 2; 0 is greedy.</param>
/// <param name="TopP">Over 0, at most 1; 1 keeps everything.</param>
/// <param name="TopK">At least -1; -1 and 0 keep everything.</param>
/// <param name="MinP">0 to 1; 0 keeps everything.</param>
public sealed record SamplingDefaults(float Temperature, float TopP, int TopK, float MinP)
{
    /// <summary>Over 0; 1 is none.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    private const string FileName = "generation_config.json";

    /// <summary>OpenAI's: temperature 1 and no truncation.</summary>
    public static SamplingDefaults Neutral { get; } = new(1, 1, 0, 0);

    /// <summary>
    /// What the folder's generation_config.json says, as vLLM reads it; <see cref="Neutral"/> where it says nothing.
    /// </summary>
    /// <exception cref="HttpServerStartException">The file is no JSON object, or a value is out of range.</exception>
    public static SamplingDefaults Read(string modelFolder)
    {
        var path = Path.Combine(modelFolder, FileName);
        if (!File.Exists(path))
            return Neutral;
        try
        {
            var file = JsonElement.Parse(File.ReadAllBytes(path));
            if (file.ValueKind != JsonValueKind.Object)
                throw new HttpServerStartException(
                    $"expected {path} to hold a JSON object, got {JsonText.Kind(file)}; correct the file");
            var fields = RequestFields.Of(file);
            return new SamplingDefaults(
                fields.Number("temperature", 0, 2) ?? Neutral.Temperature,
                fields.Number("top_p", 0, 1, isMinAllowed: false) ?? Neutral.TopP,
                (int)(fields.Integer("top_k", -1, int.MaxValue) ?? Neutral.TopK),
                fields.Number("min_p", 0, 1) ?? Neutral.MinP)
            {
                RepetitionPenalty =
                    fields.Number("repetition_penalty", 0, float.MaxValue, isMinAllowed: false) ?? Neutral.RepetitionPenalty,
            };
        }
        catch (Exception broken) when (broken is JsonException or ApiException)
        {
            throw new HttpServerStartException(
                $"expected {path} to be usable: {broken.Message} Correct the file", broken);
        }
    }
}
