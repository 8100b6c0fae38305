using System.Text.Json;
using Gaudi.Actors.Text.Decoders;
using Gaudi.Actors.Text.Models;
using Gaudi.Actors.Text.Normalizers;
using Gaudi.Actors.Text.PostProcessors;
using Gaudi.Actors.Text.PreTokenizers;

namespace Gaudi.Actors.Text;

/// <summary>Reads the tokenizer files of a model folder.</summary>
internal static class TokenizerReader
{
    private const string FileName = "tokenizer.json";

    /// <summary>Reads tokenizer.json and the names of the special tokens.</summary>
    public static TokenizerParts Load(string modelFolder)
    {
        var path = Path.Combine(modelFolder, FileName);
        if (!File.Exists(path))
        {
            throw new TokenizerFormatException(
                $"{path}: expected a file, found none. Put the model's {FileName} there; other formats are not read.");
        }

        return Parse(
            File.ReadAllText(path),
            SpecialTokenNames.Read(modelFolder, "bos_token"),
            SpecialTokenNames.Read(modelFolder, "eos_token"));
    }

    /// <summary>Reads the text of a tokenizer.json.</summary>
    public static TokenizerParts Parse(string tokenizerJson, string? bosToken, string? eosToken)
    {
        using var document = ParseJson(tokenizerJson, FileName);
        var root = new JsonSection(document.RootElement, FileName);
        var addedTokens = root["added_tokens"];
        return new TokenizerParts(
            addedTokens.IsNull ? [] : [.. addedTokens.Items().Select(AddedToken.Read)],
            NormalizerReader.Read(root["normalizer"]),
            PreTokenizerReader.Read(root["pre_tokenizer"]),
            ModelReader.Read(root["model"]),
            PostProcessorReader.Read(root["post_processor"]),
            DecoderReader.Read(root["decoder"]),
            bosToken,
            eosToken);
    }

    /// <summary>The JSON of a file's text; the error names the file.</summary>
    public static JsonDocument ParseJson(string json, string fileName)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException cause)
        {
            throw new TokenizerFormatException(
                $"{fileName}: expected JSON, got text that is none ({cause.Message}). "
                + "Take the file again from the model's publisher.", cause);
        }
    }
}
