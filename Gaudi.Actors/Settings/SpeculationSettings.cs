using Gaudi.Hpu.Ops.InTree;

namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.speculative`.</summary>
/// <param name="Method">Where drafts come from.</param>
/// <param name="ModelFolder">Of the draft model; null for the other methods.</param>
/// <param name="TokensMax">Most drafts of one choice in a step.</param>
/// <param name="NgramMin">Fewest last tokens that must stand earlier too.</param>
/// <param name="NgramMax">Most such tokens, tried first.</param>
/// <param name="Verification">When a draft of a sampled request stands.</param>
public sealed record SpeculationSettings(
    SpeculationMethod Method, string? ModelFolder, int TokensMax, int NgramMin, int NgramMax, VerificationMode Verification)
{
    /// <summary>Nothing is drafted.</summary>
    public static SpeculationSettings None { get; } =
        new(SpeculationMethod.None, null, 0, 1, 1, VerificationMode.Coupled);

    internal static SpeculationSettings Read(SettingsReader reader)
    {
        var problemCount = reader.Problems.Count;
        var method = reader.OneOf("gaudi.speculative.method", "none", "ngram", "draft-model") switch
        {
            "ngram" => SpeculationMethod.Ngram,
            "draft-model" => SpeculationMethod.DraftModel,
            _ => SpeculationMethod.None,
        };
        var model = reader.Text(ModelKey);
        var settings = new SpeculationSettings(
            method,
            model.Length > 0 ? model : null,
            reader.Count("gaudi.speculative.num-speculative-tokens", 1, 64),
            reader.Count(NgramMinKey, 1, 1024),
            reader.Count("gaudi.speculative.prompt-lookup-max", 1, 1024),
            reader.OneOf("gaudi.speculative.verification", "coupled", "standard") == "standard"
                ? VerificationMode.Standard
                : VerificationMode.Coupled);
        // Values that are wrong by themselves are named already.
        if (reader.Problems.Count == problemCount)
            settings.Compare(reader);
        return settings;
    }

    private const string ModelKey = "gaudi.speculative.model";
    private const string NgramMinKey = "gaudi.speculative.prompt-lookup-min";

    private void Compare(SettingsReader reader)
    {
        if (Method == SpeculationMethod.DraftModel && ModelFolder is null)
            reader.Complain(ModelKey, "", "a model folder or a bundled model's name while method = draft-model");
        if (Method != SpeculationMethod.DraftModel && ModelFolder is not null)
            reader.Complain(ModelKey, ModelFolder, "nothing unless method = draft-model");
        if (NgramMin > NgramMax)
            reader.Complain(NgramMinKey, $"{NgramMin}", $"prompt-lookup-max = {NgramMax} or less");
    }
}
