using System.Collections.Immutable;
using System.Text.Json;

namespace Gaudi.Cluster.Http;

/// <summary>A field of one text, one list of token ids, or an array of either.</summary>
/// <param name="field">Its name.</param>
/// <param name="countMax">Texts or lists it may have.</param>
/// <param name="noun">What they are called where there are more.</param>
internal sealed class PromptInputs(string field, int countMax, string noun)
{
    /// <summary>What the field may be, for messages.</summary>
    public const string Expected = "a string, an array of strings, an array of token ids, or an array of arrays of token ids";

    /// <summary>The tokens of each text or list, in the client's order; at least one.</summary>
    /// <exception cref="ApiException">Names the field: empty, mixed, too many, or too long.</exception>
    public ImmutableArray<PromptTokens> Read(JsonElement value, bool addSpecialTokens, PromptCut cut, PromptEncoder encoder)
    {
        if (value.ValueKind == JsonValueKind.String)
            return [Encode(value)];
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
            throw RequestFields.Wrong(field, $"{Expected}, and not empty", value);
        if (value[0].ValueKind == JsonValueKind.Number)
            return [Take(value)];
        if (value.GetArrayLength() > countMax)
            throw ApiException.Invalid($"Expected at most {countMax} {noun}, got {value.GetArrayLength()}.", field);
        return value[0].ValueKind switch
        {
            JsonValueKind.String => [.. value.EnumerateArray().Select(Encode)],
            JsonValueKind.Array => [.. value.EnumerateArray().Select(Take)],
            _ => throw RequestFields.Wrong(field, Expected, value),
        };

        PromptTokens Encode(JsonElement text) => encoder.Encode(RequestFields.TextOf(text, field), addSpecialTokens, cut, field);

        PromptTokens Take(JsonElement list) => encoder.Take(TokenIds(list), cut, field);
    }

    private ImmutableArray<int> TokenIds(JsonElement list) => list.ValueKind == JsonValueKind.Array
        ? [.. list.EnumerateArray().Select(item => (int)RequestFields.IntegerOf(item, field, 0, int.MaxValue))]
        : throw RequestFields.Wrong(field, "arrays of token ids throughout, like its first item", list);
}
