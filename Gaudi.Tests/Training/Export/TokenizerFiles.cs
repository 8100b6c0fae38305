using System.Text.Json.Nodes;
using Gaudi.Tests.Training.Network;
using Gaudi.Tests.Training.Tokens;

namespace Gaudi.Tests.Training.Export;

/// <summary>tokenizer.json and its companions, in the form of Qwen2's.</summary>
public static class TokenizerFiles
{
    /// <summary>Writes the three files.</summary>
    public static void Write(string folder, BpeTokenizer tokenizer)
    {
        JsonText.Write(Path.Combine(folder, "tokenizer.json"), Tokenizer(tokenizer));
        JsonText.Write(Path.Combine(folder, "tokenizer_config.json"), Config(tokenizer));
        JsonText.Write(Path.Combine(folder, "special_tokens_map.json"), new JsonObject
        {
            ["additional_special_tokens"] = new JsonArray(BpeTokenizer.MessageStart, BpeTokenizer.MessageEnd),
            ["bos_token"] = BpeTokenizer.EndOfText,
            ["eos_token"] = BpeTokenizer.MessageEnd,
            ["pad_token"] = BpeTokenizer.EndOfText,
        });
    }

    /// <summary>The content of tokenizer.json.</summary>
    public static JsonObject Tokenizer(BpeTokenizer tokenizer) => new()
    {
        ["version"] = "1.0",
        ["truncation"] = null,
        ["padding"] = null,
        ["added_tokens"] = List(BpeTokenizer.Specials.Select(token => AddedToken(token, tokenizer.SpecialId(token)))),
        ["normalizer"] = null,
        ["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Sequence",
            ["pretokenizers"] = new JsonArray(
                new JsonObject
                {
                    ["type"] = "Split",
                    ["pattern"] = new JsonObject { ["Regex"] = Pretokenizer.Pattern },
                    ["behavior"] = "Isolated",
                    ["invert"] = false,
                },
                ByteLevel()),
        },
        ["post_processor"] = null,
        ["decoder"] = ByteLevel(),
        ["model"] = Model(tokenizer),
    };

    private static JsonObject Model(BpeTokenizer tokenizer)
    {
        var vocabulary = new JsonObject();
        foreach (var (id, symbol) in tokenizer.Symbols.Index())
        {
            vocabulary[symbol] = id;
        }

        return new JsonObject
        {
            ["type"] = "BPE",
            ["dropout"] = null,
            ["unk_token"] = null,
            ["continuing_subword_prefix"] = "",
            ["end_of_word_suffix"] = "",
            ["fuse_unk"] = false,
            ["byte_fallback"] = false,
            ["ignore_merges"] = false,
            ["vocab"] = vocabulary,
            ["merges"] = List(tokenizer.Merges.Select(merge => JsonValue.Create($"{merge.Left} {merge.Right}"))),
        };
    }

    private static JsonObject Config(BpeTokenizer tokenizer)
    {
        var added = new JsonObject();
        foreach (var token in BpeTokenizer.Specials)
        {
            var id = tokenizer.SpecialId(token);
            var entry = AddedToken(token, id);
            entry.Remove("id");
            added[id.ToString()] = entry;
        }

        return new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["added_tokens_decoder"] = added,
            ["additional_special_tokens"] = new JsonArray(BpeTokenizer.MessageStart, BpeTokenizer.MessageEnd),
            ["add_bos_token"] = false,
            ["add_prefix_space"] = false,
            ["bos_token"] = BpeTokenizer.EndOfText,
            ["eos_token"] = BpeTokenizer.MessageEnd,
            ["pad_token"] = BpeTokenizer.EndOfText,
            ["unk_token"] = null,
            ["clean_up_tokenization_spaces"] = false,
            ["model_max_length"] = LlamaShape.PositionsMax,
            ["chat_template"] = ChatFormat.Template,
        };
    }

    private static JsonArray List(IEnumerable<JsonNode> items) => new([.. items]);

    private static JsonObject ByteLevel() => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = false,
        ["use_regex"] = false,
    };

    private static JsonObject AddedToken(string content, int id) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };
}
