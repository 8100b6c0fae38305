using System.Text.Json.Nodes;
using Gaudi.Hpu.Models.Vision;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>A tiny Qwen2VLForConditionalGeneration in Hugging Face's names.</summary>
internal static class Qwen2VlShape
{
    public const int Vocabulary = 101;
    public const int ImageToken = 99;
    public const int Hidden = 48;
    public const int LayerCount = 2;
    public const int Heads = 4;
    public const int HeadDim = 12;
    public const int Ffn = 64;
    public const double Epsilon = 1e-6;

    /// <summary>Pairs of dimensions by time, row and column.</summary>
    public static readonly int[] Sections = [1, 3, 2];

    public static VisionConfig Tower { get; } = new(
        BlockCount: 2, EmbeddingSize: 24, HiddenSize: Hidden, HeadCount: 3, MlpSize: 48, PatchSizePixels: 4, MergeSize: 2,
        PatchFrameCount: 2, ChannelCount: 3);

    public static JsonObject Config() => new()
    {
        ["architectures"] = new JsonArray("Qwen2VLForConditionalGeneration"),
        ["model_type"] = "qwen2_vl",
        ["hidden_size"] = Hidden,
        ["intermediate_size"] = Ffn,
        ["num_hidden_layers"] = LayerCount,
        ["num_attention_heads"] = Heads,
        ["num_key_value_heads"] = Heads,
        ["vocab_size"] = Vocabulary,
        ["max_position_embeddings"] = 512,
        ["rms_norm_eps"] = Epsilon,
        ["rope_theta"] = 10_000.0,
        ["rope_scaling"] = new JsonObject { ["type"] = "mrope", ["mrope_section"] = new JsonArray(1, 3, 2) },
        ["image_token_id"] = ImageToken,
        ["vision_start_token_id"] = 97,
        ["vision_end_token_id"] = 98,
        ["hidden_act"] = "silu",
        ["vision_config"] = new JsonObject
        {
            ["depth"] = Tower.BlockCount, ["embed_dim"] = Tower.EmbeddingSize, ["hidden_size"] = Hidden,
            ["num_heads"] = Tower.HeadCount, ["mlp_ratio"] = 2, ["patch_size"] = Tower.PatchSizePixels,
            ["spatial_merge_size"] = Tower.MergeSize, ["temporal_patch_size"] = Tower.PatchFrameCount, ["in_channels"] = 3,
        },
    };

    /// <summary>Writes the checkpoint with its preprocessor_config.json.</summary>
    public static RandomCheckpoint Write(int seed)
    {
        var model = RandomCheckpoint.Write(Config(), Tensors(), seed);
        File.WriteAllText(Path.Combine(model.Folder, "preprocessor_config.json"), new JsonObject
        {
            ["patch_size"] = Tower.PatchSizePixels, ["temporal_patch_size"] = Tower.PatchFrameCount,
            ["merge_size"] = Tower.MergeSize, ["min_pixels"] = 64, ["max_pixels"] = 4096,
        }.ToJsonString());
        return model;
    }

    private static IEnumerable<(string Name, int[] Shape)> Tensors() =>
        DecoderTensors.All(Vocabulary, Hidden, LayerCount, (_, prefix) => Layer(prefix)).Concat(TowerTensors());

    private static IEnumerable<(string Name, int[] Shape)> Layer(string prefix)
    {
        foreach (var name in new[] { "q", "k", "v" })
        {
            yield return ($"{prefix}.self_attn.{name}_proj.weight", [Hidden, Hidden]);
            yield return ($"{prefix}.self_attn.{name}_proj.bias", [Hidden]);
        }
        yield return ($"{prefix}.self_attn.o_proj.weight", [Hidden, Hidden]);
        foreach (var tensor in DecoderTensors.Mlp($"{prefix}.mlp", Hidden, Ffn))
            yield return tensor;
    }

    private static IEnumerable<(string Name, int[] Shape)> TowerTensors()
    {
        var (width, mlp, square) = (Tower.EmbeddingSize, Tower.MlpSize, Tower.EmbeddingSize * 4);
        yield return ("visual.patch_embed.proj.weight", [width, 3, 2, 4, 4]);
        for (var block = 0; block < Tower.BlockCount; block++)
        {
            var prefix = $"visual.blocks.{block}";
            foreach (var norm in new[] { "norm1", "norm2" })
            {
                yield return ($"{prefix}.{norm}.weight", [width]);
                yield return ($"{prefix}.{norm}.bias", [width]);
            }
            foreach (var (name, outputs, inputs) in new[]
                     {
                         ("attn.qkv", 3 * width, width), ("attn.proj", width, width), ("mlp.fc1", mlp, width), ("mlp.fc2", width, mlp),
                     })
            {
                yield return ($"{prefix}.{name}.weight", [outputs, inputs]);
                yield return ($"{prefix}.{name}.bias", [outputs]);
            }
        }
        yield return ("visual.merger.ln_q.weight", [width]);
        yield return ("visual.merger.ln_q.bias", [width]);
        yield return ("visual.merger.mlp.0.weight", [square, square]);
        yield return ("visual.merger.mlp.0.bias", [square]);
        yield return ("visual.merger.mlp.2.weight", [Hidden, square]);
        yield return ("visual.merger.mlp.2.bias", [Hidden]);
    }
}
