using System.Text.Json.Nodes;

namespace Gaudi.Tests.Cluster.EndToEnd.Families;

/// <summary>Tokenizers for checkpoints whose tokens mean nothing.</summary>
internal static class TinyTokenizer
{
    private const string ImageTemplate =
        "{% for m in messages %}{{ m['role'] }}: {% if m['content'] is string %}{{ m['content'] }}{% else %}{% for c in m['content'] %}"
        + "{% if c['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ c['text'] }}{% endif %}{% endfor %}"
        + "{% endif %} {% endfor %}{% if add_generation_prompt %}assistant: {% endif %}";

    /// <summary>Writes tokenizer.json: token N is the word `wN` and a blank.</summary>
    internal static void Write(string folder, int vocabulary)
    {
        var words = new JsonObject();
        for (var id = 0; id < vocabulary; id++)
            words[$"w{id} "] = id;
        Write(folder, new JsonArray(), words, "w0 ");
    }

    /// <summary>
    /// Writes a tokenizer of single characters from the blank on, 97 of them, with tokens 97 to 99 for an image's start, its end
    /// and itself, and a chat template that knows parts.
    /// </summary>
    internal static void WriteForImages(string folder)
    {
        var characters = new JsonObject();
        for (var id = 0; id < 97; id++)
            characters[$"{(char)(' ' + id)}"] = id;
        characters["~~"] = 100;
        var special = new JsonArray();
        foreach (var (id, text) in new[] { (97, "<|vision_start|>"), (98, "<|vision_end|>"), (99, "<|image_pad|>") })
            special.Add(new JsonObject { ["id"] = id, ["content"] = text, ["special"] = true });
        Write(folder, special, characters, " ");
        File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), ImageTemplate);
    }

    private static void Write(string folder, JsonArray special, JsonObject vocabulary, string unknown)
    {
        var model = new JsonObject
        {
            ["type"] = "BPE", ["ignore_merges"] = true, ["unk_token"] = unknown, ["merges"] = new JsonArray(), ["vocab"] = vocabulary,
        };
        File.WriteAllText(
            Path.Combine(folder, "tokenizer.json"), new JsonObject { ["added_tokens"] = special, ["model"] = model }.ToJsonString());
    }
}
