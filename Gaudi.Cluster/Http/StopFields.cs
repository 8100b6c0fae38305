using System.Collections.Immutable;

namespace Gaudi.Cluster.Http;

/// <summary>What ends a choice before its token limit, as the client asked for it.</summary>
/// <param name="Strings">None empty. The text ends before the first one found, or after it with <paramref
/// name="IsStringKept"/>.</param>
/// <param name="TokenIds">Ascending, without doubles.</param>
/// <param name="IgnoresEos">The model's end tokens do not end the choice.</param>
/// <param name="IsStringKept">include_stop_str_in_output.</param>
internal sealed record StopFields(
    ImmutableArray<string> Strings, ImmutableArray<int> TokenIds, bool IgnoresEos, bool IsStringKept)
{
    /// <summary>Reads and checks the fields.</summary>
    /// <exception cref="ApiException">A type, a range, an empty string, or more strings than the settings
    /// allow.</exception>
    public static StopFields Read(RequestFields fields, HttpServerSettings settings)
    {
        var strings = fields.Texts("stop");
        if (strings.Contains(""))
            throw ApiException.Invalid("Expected `stop` to hold no empty string, got one.", "stop");
        if (strings.Length > settings.StopStringsMax)
            throw ApiException.Invalid(
                $"Expected at most {settings.StopStringsMax} strings in `stop`, got {strings.Length}.", "stop");
        return new StopFields(
            strings,
            [.. fields.Integers("stop_token_ids", 0, int.MaxValue).Distinct().Order()],
            fields.Flag("ignore_eos", absent: false),
            fields.Flag("include_stop_str_in_output", absent: false));
    }

    /// <summary>
    /// Token ids that may not be drawn before min_tokens: the client's, and the model's even where they would be ignored, as
    /// vLLM has it. Ascending, in the vocabulary.
    /// </summary>
    public ImmutableArray<int> HeldOffTokenIds(ServedModel model) =>
        [.. TokenIds.Concat(model.EosTokenIds).Where(id => id < model.Tokenizer.VocabularySize).Distinct().Order()];

    /// <summary>
    /// Every token id that ends a choice: the client's, and the model's unless they are ignored. Ascending.
    /// </summary>
    public ImmutableArray<int> AllTokenIds(ImmutableArray<int> eosTokenIds) =>
        [.. TokenIds.Concat(IgnoresEos ? [] : eosTokenIds).Distinct().Order()];
}
