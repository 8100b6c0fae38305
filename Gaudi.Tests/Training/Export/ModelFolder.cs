using System.Text.Json.Nodes;
using Gaudi.Tests.Training.Learning;
using Gaudi.Tests.Training.Network;
using Gaudi.Tests.Training.Tokens;

namespace Gaudi.Tests.Training.Export;

/// <summary>A model as Hugging Face lays it out: config, weights and tokenizer in one folder.</summary>
public static class ModelFolder
{
    /// <summary>Writes every file of the model.</summary>
    public static void Write(string folder, LlamaWeights weights, BpeTokenizer tokenizer)
    {
        Directory.CreateDirectory(folder);
        TensorFile.Write(Path.Combine(folder, "model.safetensors"), weights.Named);
        JsonText.Write(Path.Combine(folder, "config.json"), Config(weights.Shape, tokenizer));
        JsonText.Write(Path.Combine(folder, "generation_config.json"), GenerationConfig(tokenizer));
        TokenizerFiles.Write(folder, tokenizer);
    }

    /// <summary>The weights of a folder this trainer wrote; the caller owns them.</summary>
    public static LlamaWeights ReadWeights(string folder)
    {
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!;
        int Number(string name) => config[name]!.GetValue<int>();
        var shape = new LlamaShape(
            Number("vocab_size"), Number("hidden_size"), Number("intermediate_size"), Number("num_hidden_layers"),
            Number("num_attention_heads"), Number("num_key_value_heads"), Number("head_dim"));
        return LlamaWeights.From(shape, TensorFile.Read(Path.Combine(folder, "model.safetensors")));
    }

    private static JsonObject Config(LlamaShape shape, BpeTokenizer tokenizer) => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["model_type"] = "llama",
        ["vocab_size"] = shape.VocabularyCount,
        ["hidden_size"] = shape.Hidden,
        ["intermediate_size"] = shape.Intermediate,
        ["num_hidden_layers"] = shape.LayerCount,
        ["num_attention_heads"] = shape.HeadCount,
        ["num_key_value_heads"] = shape.KvHeadCount,
        ["head_dim"] = shape.HeadDim,
        ["hidden_act"] = "silu",
        ["attention_bias"] = false,
        ["mlp_bias"] = false,
        ["attention_dropout"] = 0.0,
        ["initializer_range"] = 0.02,
        ["max_position_embeddings"] = LlamaShape.PositionsMax,
        ["rms_norm_eps"] = LlamaShape.RmsNormEpsilon,
        ["rope_theta"] = LlamaShape.RopeTheta,
        ["rope_scaling"] = null,
        ["tie_word_embeddings"] = true,
        ["use_cache"] = true,
        ["torch_dtype"] = "float32",
        ["bos_token_id"] = tokenizer.SpecialId(BpeTokenizer.EndOfText),
        ["eos_token_id"] = tokenizer.SpecialId(BpeTokenizer.MessageEnd),
        ["pad_token_id"] = tokenizer.SpecialId(BpeTokenizer.EndOfText),
    };

    private static JsonObject GenerationConfig(BpeTokenizer tokenizer) => new()
    {
        ["bos_token_id"] = tokenizer.SpecialId(BpeTokenizer.EndOfText),
        ["eos_token_id"] = new JsonArray(
            tokenizer.SpecialId(BpeTokenizer.MessageEnd), tokenizer.SpecialId(BpeTokenizer.EndOfText)),
        ["pad_token_id"] = tokenizer.SpecialId(BpeTokenizer.EndOfText),
        ["do_sample"] = false,
        ["max_new_tokens"] = 64,
    };
}
