using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gaudi.Actors.Text;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>
/// A tokenizer whose ids can be computed by hand: id 0 to 255 is that byte, four special tokens follow.
/// </summary>
internal static class TinyText
{
    public const int Eos = 256;
    public const int ImStart = 257;
    public const int ImEnd = 258;
    public const int Bos = 259;
    public const int VocabularySize = 260;

    public static Tokenizer Tokenizer { get; } = Tokenizer.Parse(TokenizerJson());

    public static ChatTemplate ChatMl { get; } = ChatTemplate.Parse(
        "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
        + "{% endfor %}"
        + "{% if style is defined %}[{{ style }}]{% endif %}"
        + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}");

    /// <summary>The ids of a text without special tokens.</summary>
    public static int[] Ids(string text) => [.. Encoding.UTF8.GetBytes(text).Select(value => (int)value)];

    private static string TokenizerJson()
    {
        var vocabulary = new JsonObject();
        for (var value = 0; value < 256; value++)
        {
            vocabulary[ByteCharacter(value)] = value;
        }
        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(
                Special(Eos, "<|endoftext|>"), Special(ImStart, "<|im_start|>"), Special(ImEnd, "<|im_end|>"),
                Special(Bos, "<s>")),
            ["normalizer"] = null,
            ["pre_tokenizer"] = ByteLevel(),
            ["post_processor"] = JsonNode.Parse(
                """
                {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
                 "pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[259],"tokens":["<s>"]}}}
                """),
            ["decoder"] = ByteLevel(),
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        }.ToJsonString(JsonSerializerOptions.Default);
    }

    private static JsonObject ByteLevel() => new()
    {
        ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true,
    };

    private static JsonObject Special(int id, string content) => new()
    {
        ["id"] = id, ["content"] = content, ["special"] = true, ["single_word"] = false, ["lstrip"] = false,
        ["rstrip"] = false, ["normalized"] = false,
    };

    /// <summary>
    /// How byte-level vocabularies write a byte: printable Latin-1 as itself, the others from U+0100 on, in order.
    /// </summary>
    private static string ByteCharacter(int value)
    {
        static bool IsShown(int value) => value is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255);
        var code = IsShown(value) ? value : 256 + Enumerable.Range(0, value).Count(other => !IsShown(other));
        return ((char)code).ToString();
    }
}
