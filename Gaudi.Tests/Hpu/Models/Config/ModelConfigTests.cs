using System.Text.Json.Nodes;
using Gaudi.Hpu.Models;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models.Config;

public sealed class ModelConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gaudi-config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Llama_defaults_are_hugging_faces()
    {
        var config = Read(Minimal("LlamaForCausalLM"));
        Assert.Equal((256, 768, 4, 8, 8), (
            config.HiddenSize, config.IntermediateSize, config.LayerCount, config.HeadCount, config.KvHeadCount));
        Assert.Equal((32, 1000, 2048), (config.HeadDim, config.VocabularySize, config.MaxPositionEmbeddings));
        Assert.Equal((1e-6, 10000.0), (config.RmsNormEps, config.RopeTheta));
        Assert.Equal((false, false, false, false, false), (
            config.TieWordEmbeddings, config.AttentionBias, config.AttentionOutputBias, config.MlpBias, config.HasQkNorm));
        Assert.Null(config.RopeScaling);
        Assert.Null(config.SlidingWindow);
        Assert.Null(config.Dtype);
        Assert.Null(config.QuantizationMethod);
        Assert.Equal([1], config.BosTokenIds.ToArray());
        Assert.Equal([2], config.EosTokenIds.ToArray());
    }

    [Fact]
    public void Qwen2_has_bias_on_q_k_v_alone()
    {
        var json = Minimal("Qwen2ForCausalLM");
        json["num_key_value_heads"] = 2;
        json["attention_bias"] = false;
        var config = Read(json);
        Assert.Equal((true, false, false, false), (
            config.AttentionBias, config.AttentionOutputBias, config.MlpBias, config.HasQkNorm));
        Assert.Equal((2, 32, 32768), (config.KvHeadCount, config.HeadDim, config.MaxPositionEmbeddings));
        Assert.Empty(config.BosTokenIds);
        Assert.Empty(config.EosTokenIds);
    }

    [Fact]
    public void Qwen3_norms_q_and_k_and_has_heads_of_128()
    {
        var json = Minimal("Qwen3ForCausalLM");
        json["num_key_value_heads"] = 4;
        var config = Read(json);
        Assert.Equal((true, 128, false, false), (
            config.HasQkNorm, config.HeadDim, config.AttentionBias, config.AttentionOutputBias));
        json["attention_bias"] = true;
        json["head_dim"] = 64;
        config = Read(json);
        Assert.Equal((64, true, true), (config.HeadDim, config.AttentionBias, config.AttentionOutputBias));
    }

    [Fact]
    public void Qwen_has_32_kv_heads_unless_it_says_otherwise_and_null_means_all_heads()
    {
        var json = Minimal("Qwen2ForCausalLM");
        var error = Assert.Throws<CheckpointException>(() => Read(json));
        Assert.Contains("'num_key_value_heads': expected a divisor of num_attention_heads (8), came 32", error.Message);
        json["num_key_value_heads"] = null;
        Assert.Equal(8, Read(json).KvHeadCount);
    }

    /// <summary>A changed file gives a config or a sentence that names the file; nothing else is thrown.</summary>
    [Fact]
    public void Mutated_file_is_refused_or_read()
    {
        const int seed = 20_261_128;
        var random = new Random(seed);
        var json = Minimal("LlamaForCausalLM");
        json["rope_scaling"] = JsonNode.Parse("""
            {"factor":8.0,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":8192,"rope_type":"llama3"}
            """);
        json["eos_token_id"] = new JsonArray(8, 9);
        json["torch_dtype"] = "bfloat16";
        var original = System.Text.Encoding.UTF8.GetBytes(json.ToJsonString());
        var path = Path.Combine(_folder, "config.json");
        byte[] splices = [.. "0123456789-.[]{}\",:ntf\\\0 "u8, 0xFF];
        int refused = 0, read = 0;
        for (var round = 0; round < 600; round++)
        {
            byte[] bytes = [.. original];
            bytes[random.Next(bytes.Length)] = splices[random.Next(splices.Length)];
            if (round % 5 == 0)
                bytes = bytes[..random.Next(bytes.Length)];
            File.WriteAllBytes(path, bytes);
            var error = Record.Exception(() => ModelConfig.Read(_folder));
            Assert.True(
                error is null || (error is CheckpointException && error.Message.StartsWith(path, StringComparison.Ordinal)),
                $"seed {seed}, round {round}: {error}");
            _ = error is null ? read++ : refused++;
        }
        Assert.True(refused > 100 && read > 20, $"{refused} refused, {read} read");
    }

    [Fact]
    public void Llama_takes_what_the_file_says()
    {
        var json = Minimal("LlamaForCausalLM");
        json["model_type"] = "llama";
        json["num_key_value_heads"] = 4;
        json["head_dim"] = 64;
        json["max_position_embeddings"] = 131072;
        json["rms_norm_eps"] = 1e-5;
        json["rope_theta"] = 500000.0;
        json["tie_word_embeddings"] = true;
        json["attention_bias"] = true;
        json["mlp_bias"] = true;
        json["torch_dtype"] = "bfloat16";
        json["bos_token_id"] = 7;
        json["eos_token_id"] = new JsonArray(8, 9);
        var config = Read(json);
        Assert.Equal(("llama", 4, 64, 131072), (
            config.ModelType, config.KvHeadCount, config.HeadDim, config.MaxPositionEmbeddings));
        Assert.Equal((1e-5, 500000.0, true), (config.RmsNormEps, config.RopeTheta, config.TieWordEmbeddings));
        Assert.Equal((true, true, true), (config.AttentionBias, config.AttentionOutputBias, config.MlpBias));
        Assert.Equal(ScalarType.BFloat16, config.Dtype);
        Assert.Equal([7], config.BosTokenIds.ToArray());
        Assert.Equal([8, 9], config.EosTokenIds.ToArray());
    }

    [Fact]
    public void Generation_config_adds_end_tokens()
    {
        var json = Minimal("Qwen2ForCausalLM");
        json["num_key_value_heads"] = 2;
        json["eos_token_id"] = 11;
        WriteGeneration("""{"eos_token_id":[12,11],"bos_token_id":3,"temperature":0.7}""");
        var config = Read(json);
        Assert.Equal([11, 12], config.EosTokenIds.ToArray());
        Assert.Equal([3], config.BosTokenIds.ToArray());
    }

    [Fact]
    public void Null_end_token_means_none()
    {
        var json = Minimal("LlamaForCausalLM");
        json["eos_token_id"] = null;
        Assert.Empty(Read(json).EosTokenIds);
    }

    [Theory]
    [InlineData("dtype", "float32", ScalarType.Float32)]
    [InlineData("torch_dtype", "float16", ScalarType.Float16)]
    [InlineData("dtype", "torch.bfloat16", ScalarType.BFloat16)]
    public void Dtype_is_read_under_both_names(string field, string name, ScalarType expected)
    {
        var json = Minimal("LlamaForCausalLM");
        json[field] = name;
        Assert.Equal(expected, Read(json).Dtype);
    }

    [Fact]
    public void Rope_scaling_is_typed()
    {
        var json = Minimal("LlamaForCausalLM");
        json["rope_scaling"] = JsonNode.Parse(
            """{"factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192,"rope_type":"llama3"}""");
        Assert.Equal(new RopeScaling("llama3", 8, 8192, 1, 4, null, null, null), Read(json).RopeScaling);
        json["rope_scaling"] = JsonNode.Parse("""{"type":"linear","factor":2}""");
        Assert.Equal(new RopeScaling("linear", 2, null, null, null, null, null, null), Read(json).RopeScaling);
        json["rope_scaling"] = null;
        Assert.Null(Read(json).RopeScaling);
        json["rope_parameters"] = JsonNode.Parse("""{"rope_type":"default","rope_theta":1000000}""");
        Assert.Equal((null, 1e6), (Read(json).RopeScaling, Read(json).RopeTheta));
    }

    [Fact]
    public void Sliding_window_counts_only_when_used()
    {
        var json = Minimal("Qwen3ForCausalLM");
        json["num_key_value_heads"] = 4;
        json["sliding_window"] = 512;
        Assert.Null(Read(json).SlidingWindow);
        Assert.Empty(Read(json).WindowedLayers);
        json["use_sliding_window"] = true;
        Assert.Equal(512, Read(json).SlidingWindow);
    }

    [Fact]
    public void Windowed_layers_are_those_the_file_names_or_those_from_a_layer_on()
    {
        var json = Minimal("Qwen2ForCausalLM");
        json["num_key_value_heads"] = 4;
        json["num_hidden_layers"] = 3;
        json["use_sliding_window"] = true;
        json["sliding_window"] = 512;
        Assert.Equal([null, null, null], Windows(json)); // 28 layers see all where the file does not say
        json["max_window_layers"] = 1;
        Assert.Equal([null, 512, 512], Windows(json));
        json["max_window_layers"] = 0;
        Assert.Equal([512, 512, 512], Windows(json));
        json["layer_types"] = JsonNode.Parse("""["full_attention","sliding_attention","full_attention"]""");
        Assert.Equal([null, 512, null], Windows(json));
        json["layer_types"] = JsonNode.Parse("""["full_attention","linear_attention","full_attention"]""");
        Assert.Contains("linear_attention", Assert.Throws<CheckpointException>(() => Read(json)).Message);
        json["layer_types"] = JsonNode.Parse("""["full_attention"]""");
        Assert.Contains("3 layers", Assert.Throws<CheckpointException>(() => Read(json)).Message);

        int?[] Windows(JsonObject json)
        {
            var config = Read(json);
            return [.. Enumerable.Range(0, 3).Select(config.WindowTokensOf)];
        }
    }

    [Fact]
    public void Quantization_method_is_told()
    {
        var json = Minimal("LlamaForCausalLM");
        json["quantization_config"] = JsonNode.Parse("""{"quant_method":"gptq","bits":4}""");
        Assert.Equal("gptq", Read(json).QuantizationMethod);
    }

    [Fact]
    public void Architecture_that_is_not_built_is_answered_with_all_that_are()
    {
        var json = Minimal("MambaForCausalLM");
        var error = Assert.Throws<CheckpointException>(() => Read(json));
        Assert.Contains(
            $"expected one of {string.Join(", ", ModelConfig.SupportedArchitectures)}, came 'MambaForCausalLM'", error.Message);
        Assert.Equal(ModelConfig.SupportedArchitectures.Order(StringComparer.Ordinal), ModelConfig.SupportedArchitectures);
        Assert.Contains("LlamaForCausalLM", ModelConfig.SupportedArchitectures);
    }

    [Theory]
    [InlineData("architectures", "[]", "expected one of ")]
    [InlineData("architectures", "\"LlamaForCausalLM\"", "'architectures': expected a list of text, came \"LlamaForCausalLM\"")]
    [InlineData("architectures", null, "'architectures': expected a list with one of ")]
    [InlineData("hidden_size", null, "'hidden_size': expected a whole number of at least 1, came nothing")]
    [InlineData("hidden_size", "\"256\"", "'hidden_size': expected a whole number of at least 1, came \"256\"")]
    [InlineData("hidden_size", "256.5", "came 256.5")]
    [InlineData("hidden_size", "0", "came 0")]
    [InlineData("hidden_size", "99999999999", "came 99999999999")]
    [InlineData("hidden_size", "250", "'hidden_size': expected a multiple of num_attention_heads (8)")]
    [InlineData("num_key_value_heads", "3", "'num_key_value_heads': expected a divisor of num_attention_heads (8), came 3")]
    [InlineData("head_dim", "33", "'head_dim': expected an even number (rotary pairs), came 33")]
    [InlineData("rms_norm_eps", "-1", "'rms_norm_eps': expected a number over 0, came -1")]
    [InlineData("rms_norm_eps", "1e999", "'rms_norm_eps': expected a number over 0, came 1e999")]
    [InlineData("tie_word_embeddings", "1", "'tie_word_embeddings': expected true or false, came 1")]
    [InlineData("torch_dtype", "\"int4\"", "'torch_dtype': expected float32, bfloat16 or float16, came 'int4'")]
    [InlineData("hidden_act", "\"gelu\"", "'hidden_act': expected silu")]
    [InlineData("eos_token_id", "[1,\"x\"]", "'eos_token_id': expected a token id or a list of them, came \"x\"")]
    [InlineData("eos_token_id", "-1", "'eos_token_id': expected a token id")]
    [InlineData("rope_scaling", "{}", "'rope_scaling.rope_type': expected one of default, linear, dynamic, yarn, llama3, longrope, mrope, came nothing")]
    [InlineData("rope_scaling", """{"rope_type":"yarn","factor":"4"}""", "'rope_scaling.factor': expected a number over 0, came \"4\"")]
    [InlineData("rope_scaling", "7", "'rope_scaling': expected an object, came 7")]
    [InlineData("model_type", "\"\\ud800\"", "'model_type': expected text")]
    public void Wrong_field_is_named(string field, string? value, string expected)
    {
        var json = Minimal("LlamaForCausalLM").ToJsonString();
        var changed = JsonNode.Parse(json)!.AsObject();
        changed.Remove(field);
        var text = changed.ToJsonString();
        if (value is not null)
            text = text[..^1] + $",\"{field}\":{value}}}";
        File.WriteAllText(Path.Combine(_folder, "config.json"), text);
        var error = Assert.Throws<CheckpointException>(() => ModelConfig.Read(_folder));
        Assert.StartsWith(Path.Combine(_folder, "config.json"), error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        var json = Minimal("LlamaForCausalLM");
        json.Remove("vocab_size");
        json["hidden_size"] = "wide";
        WriteGeneration("""{"eos_token_id":"x"}""");
        var error = Assert.Throws<CheckpointException>(() => Read(json));
        Assert.Contains("'vocab_size'", error.Message);
        Assert.Contains("'hidden_size'", error.Message);
        Assert.Contains("generation_config.json: 'eos_token_id'", error.Message);
    }

    [Theory]
    [InlineData("{", "expected JSON")]
    [InlineData("", "expected JSON")]
    [InlineData("[1]", "expected a JSON object, came [1]")]
    [InlineData("""{"hidden_size":1,"hidden_size":2}""", "expected JSON")]
    public void Broken_file_is_named(string text, string expected)
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), text);
        var error = Assert.Throws<CheckpointException>(() => ModelConfig.Read(_folder));
        Assert.Contains("config.json: " + expected, error.Message);
    }

    [Fact]
    public void Missing_folder_and_file_are_named()
    {
        var noFile = Assert.Throws<CheckpointException>(() => ModelConfig.Read(_folder));
        Assert.Contains("config.json: expected a readable file", noFile.Message);
        var noFolder = Assert.Throws<CheckpointException>(() => ModelConfig.Read(Path.Combine(_folder, "none")));
        Assert.Contains("expected a model folder", noFolder.Message);
    }

    private static JsonObject Minimal(string architecture) => new()
    {
        ["architectures"] = new JsonArray(architecture),
        ["hidden_size"] = 256,
        ["intermediate_size"] = 768,
        ["num_hidden_layers"] = 4,
        ["num_attention_heads"] = 8,
        ["vocab_size"] = 1000,
    };

    private ModelConfig Read(JsonObject json)
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), json.ToJsonString());
        return ModelConfig.Read(_folder);
    }

    private void WriteGeneration(string text) => File.WriteAllText(Path.Combine(_folder, "generation_config.json"), text);
}
