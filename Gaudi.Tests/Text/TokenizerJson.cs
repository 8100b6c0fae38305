using System.Text.Json;
using Gaudi.Actors.Text;

namespace Gaudi.Tests.Text;

/// <summary>Small tokenizer.json texts for tests of single parts.</summary>
internal static class TokenizerJson
{
    /// <summary>
    /// A tokenizer whose model knows the given tokens whole (ignore_merges) and writes the rest as `?`.
    /// </summary>
    public static Tokenizer OfWords(string[] words, string sections = "") => Tokenizer.Parse(
        $$"""
        {"model": {"type": "BPE", "ignore_merges": true, "unk_token": "?", "fuse_unk": true, "merges": [],
                   "vocab": {{Vocabulary(words)}} }
         {{sections}} }
        """);

    /// <summary>
    /// The pieces that a pre-tokenizer makes, seen through a model that maps every character to itself.
    /// </summary>
    public static string[] Split(string preTokenizer, string text, string normalizer = "null")
    {
        var parts = new List<Piece>();
        var sections = JsonDocument.Parse($$"""{"p": {{preTokenizer}}, "n": {{normalizer}} }""").RootElement;
        var normal = Gaudi.Actors.Text.Normalizers.NormalizerReader.Read(
            new JsonSection(sections.GetProperty("n"), "normalizer"))
            .Normalize(text);
        Gaudi.Actors.Text.PreTokenizers.PreTokenizerReader.Read(
            new JsonSection(sections.GetProperty("p"), "pre_tokenizer"))
            .Split(new Piece(normal, null, IsAtStart: true), parts);
        return [.. parts.Select(part => part.Text)];
    }

    /// <summary>The text a normalizer makes.</summary>
    public static string Normalize(string normalizer, string text) =>
        Split("""{"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated"}""", text,
            normalizer) is [var one] ? one : "";

    private static string Vocabulary(string[] words) =>
        JsonSerializer.Serialize(words.Prepend("?").Select((word, id) => (word, id)).ToDictionary());
}
