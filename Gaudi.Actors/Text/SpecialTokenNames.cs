using System.Text.Json;

namespace Gaudi.Actors.Text;

/// <summary>Finds how a model folder writes its special tokens.</summary>
internal static class SpecialTokenNames
{
    private static readonly string[] FileNames = ["tokenizer_config.json", "special_tokens_map.json"];

    /// <summary>The token of that role, as text or as `{"content": ...}`, or null when no file names it.</summary>
    public static string? Read(string modelFolder, string role)
    {
        foreach (var fileName in FileNames)
        {
            var path = Path.Combine(modelFolder, fileName);
            if (!File.Exists(path))
            {
                continue;
            }

            using var document = TokenizerReader.ParseJson(File.ReadAllText(path), fileName);
            var token = new JsonSection(document.RootElement, fileName)[role];
            if (!token.IsNull)
            {
                return token.Element.ValueKind == JsonValueKind.Object ? token["content"].Text() : token.Text();
            }
        }

        return null;
    }
}
