using System.Text.Json.Nodes;
using Gaudi.Hpu.Collectives;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models.Config;

/// <summary>From `rope_scaling` to the class of rotary embedding, the positions that can be served, and what is refused.</summary>
public sealed class RopeScalingTests : IDisposable
{
    private const string Fours = "[1,2,3,4]";

    private readonly string _folder = Directory.CreateTempSubdirectory("gaudi-rope-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("LlamaForCausalLM", """{"rope_type":"default"}""", 64)]
    [InlineData("LlamaForCausalLM", """{"rope_type":"linear","factor":2.5}""", 160)]
    [InlineData("LlamaForCausalLM", """{"type":"dynamic","factor":4}""", 256)]
    [InlineData("Qwen2ForCausalLM", """{"type":"yarn","factor":4,"original_max_position_embeddings":32}""", 128)]
    [InlineData("Qwen2ForCausalLM", """{"type":"yarn","factor":1.01,"original_max_position_embeddings":32}""", 32)]
    [InlineData("DeepseekV2ForCausalLM", """{"type":"yarn","factor":40,"original_max_position_embeddings":4}""", 160)]
    [InlineData(
        "LlamaForCausalLM",
        """{"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":8}""", 64)]
    [InlineData(
        "Phi3ForCausalLM", """{"type":"su","factor":4,"short_factor":[1,1,1,1],"long_factor":[2,2,2,2],"original_max_position_embeddings":16}""",
        64)]
    [InlineData("LlamaForCausalLM", """{"type":"mrope","mrope_section":[1,2,1],"factor":4}""", 64)]
    [InlineData("Gemma3ForCausalLM", """{"rope_type":"linear","factor":8}""", 64)] // Its number is the stretched one.
    public void Scaling_decides_how_long_a_context_can_be(string architecture, string scaling, int positionsMax)
    {
        var config = Read(architecture, scaling);
        Assert.Equal((64, positionsMax), (config.MaxPositionEmbeddings, config.PositionsMax));
        ModelLimits.Check(config, worldSize: 1, positionsMax);
        var error = Assert.Throws<CheckpointException>(() => ModelLimits.Check(config, worldSize: 1, positionsMax + 1));
        Assert.Contains($"must be 1 to the model's {positionsMax} positions, not {positionsMax + 1}", error.Message);
    }

    [Fact]
    public void A_context_whose_table_no_array_can_hold_is_refused()
    {
        var config = Read("LlamaForCausalLM", """{"type":"linear","factor":33000000}""");
        Assert.Equal(64 * 33_000_000, config.PositionsMax);
        var longest = Array.MaxLength / 8;
        ModelLimits.Check(config, worldSize: 1, longest);
        var error = Assert.Throws<CheckpointException>(() => ModelLimits.Check(config, worldSize: 1, longest + 1));
        Assert.Contains($"--max-model-len must be at most {longest}, which a rotary table can hold, not {longest + 1}", error.Message);
    }

    /// <summary>All classes but the vision's, which no family has yet.</summary>
    [Theory]
    [InlineData("LlamaForCausalLM", """{"rope_type":"default"}""", typeof(RotaryEmbedding))]
    [InlineData("LlamaForCausalLM", """{"rope_type":"linear","factor":2.5}""", typeof(LinearScalingRotaryEmbedding))]
    [InlineData("LlamaForCausalLM", """{"rope_type":"dynamic","factor":2}""", typeof(DynamicNtkScalingRotaryEmbedding))]
    [InlineData(
        "Qwen3ForCausalLM", """{"type":"yarn","factor":2,"original_max_position_embeddings":32}""", typeof(YarnScalingRotaryEmbedding))]
    [InlineData(
        "DeepseekV3ForCausalLM", """{"type":"yarn","factor":2,"original_max_position_embeddings":32}""",
        typeof(DeepseekScalingRotaryEmbedding))]
    [InlineData(
        "LlamaForCausalLM",
        """{"type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":8}""",
        typeof(Llama3RotaryEmbedding))]
    [InlineData(
        "Phi3ForCausalLM", """{"type":"su","short_factor":[1,1,1,1],"long_factor":[2,2,2,2],"original_max_position_embeddings":16}""",
        typeof(Phi3LongRopeScaledRotaryEmbedding))]
    [InlineData("LlamaForCausalLM", """{"rope_type":"mrope","mrope_section":[1,2,1]}""", typeof(MRotaryEmbedding))]
    [InlineData(
        "LlamaForCausalLM", """{"rope_type":"default","mrope_section":[2,1,1],"mrope_interleaved":true}""", typeof(MRotaryEmbedding))]
    public void Every_type_has_its_class(string architecture, string scaling, Type expected)
    {
        using var ops = Ops();
        var built = RotaryChoice.Build(Read(architecture, scaling), ops, 64, 8, 8, isNeox: true);
        Assert.Equal($"Hpu{expected.Name}", built.GetType().Name);
        Assert.Equal(expected, built.GetType().BaseType);
    }

    [Theory]
    [InlineData(256, "", 64)]
    [InlineData(100, "", 64)]
    [InlineData(256, ""","original_max_position_embeddings":48""", 48)]
    public void Dynamic_scaling_gets_the_length_served_and_the_first_one(int served, string more, int original)
    {
        using var ops = Ops();
        var spec = RotaryChoice.Build(Read("LlamaForCausalLM", $$"""{"type":"dynamic","factor":4{{more}}}"""), ops, served).Spec;
        Assert.Equal(served, spec.MaxPositions);
        Assert.Equal(new DynamicRotaryScaling(4, original), spec.Scaling);
    }

    [Fact]
    public void Llama3_scaling_gets_every_number()
    {
        using var ops = Ops();
        var config = Read(
            "LlamaForCausalLM",
            """{"rope_type":"llama3","factor":8,"low_freq_factor":2,"high_freq_factor":5,"original_max_position_embeddings":32}""");
        Assert.Equal(new Llama3RotaryScaling(8, 2, 5, 32), RotaryChoice.Build(config, ops, 64).Spec.Scaling);
    }

    /// <summary>0.1 ln(8) + 1 = 1.2079...; with weight 1.3 1.2703..., with 0.7 1.1455...</summary>
    [Theory]
    [InlineData("LlamaForCausalLM", "", 1.2079441541679836)]
    [InlineData("LlamaForCausalLM", ""","attention_factor":0.5""", 0.5)]
    [InlineData("LlamaForCausalLM", ""","mscale":1.3""", 1.2079441541679836)] // Only DeepSeek's has a meaning alone.
    [InlineData("LlamaForCausalLM", ""","mscale":1.3,"mscale_all_dim":0.7""", 1.2703274004183787 / 1.1455609079175885)]
    [InlineData("DeepseekV2ForCausalLM", "", 1.2079441541679836)]
    [InlineData("DeepseekV2ForCausalLM", ""","mscale":1.3""", 1.2703274004183787)]
    [InlineData("DeepseekV2ForCausalLM", ""","mscale":1.3,"mscale_all_dim":0""", 1.2703274004183787)]
    [InlineData("DeepseekV2ForCausalLM", ""","mscale_all_dim":0.7""", 1.2079441541679836 / 1.1455609079175885)]
    [InlineData("DeepseekV2ForCausalLM", ""","mscale":0,"mscale_all_dim":0.7""", 1 / 1.1455609079175885)]
    [InlineData("DeepseekV2ForCausalLM", ""","mscale":1.3,"mscale_all_dim":0.7""", 1.2703274004183787 / 1.1455609079175885)]
    public void Yarns_values_grow_by_its_magnitudes(string architecture, string more, double valueFactor)
    {
        using var ops = Ops();
        var config = Read(
            architecture, $$"""{"type":"yarn","factor":8,"beta_fast":16,"original_max_position_embeddings":32{{more}}}""");
        var scaling = (YarnRotaryScaling)RotaryChoice.Build(config, ops, 64, 8, 8, isNeox: true).Spec.Scaling!;
        Assert.Equal(valueFactor, scaling.ValueFactor, 1e-12);
        Assert.Equal(new YarnRotaryScaling(8, 32, 16, 1, scaling.ValueFactor, true), scaling);
    }

    /// <summary>64 / 16 positions: sqrt(1 + ln 4 / ln 16) = sqrt(1.5), whatever `factor` says.</summary>
    [Theory]
    [InlineData("", 1.224744871391589, 1.224744871391589)]
    [InlineData(""","factor":32""", 1.224744871391589, 1.224744871391589)]
    [InlineData(""","attention_factor":1.1""", 1.1, 1.1)]
    [InlineData(""","short_mscale":0.9,"long_mscale":1.3""", 0.9, 1.3)]
    [InlineData(""","long_mscale":1.3,"factor":32""", 1.224744871391589, 1.3)]
    [InlineData(""","short_mscale":0.9,"attention_factor":1.1""", 0.9, 1.1)]
    public void Longropes_values_grow_by_the_two_lengths_unless_the_file_says_otherwise(string more, double ofShort, double ofLong)
    {
        using var ops = Ops();
        var config = Read(
            "Phi3ForCausalLM",
            $$"""{"type":"longrope","short_factor":[1,1,1,1],"long_factor":[2,2,2,3],"original_max_position_embeddings":16{{more}}}""");
        var scaling = (LongRotaryScaling)RotaryChoice.Build(config, ops, 64).Spec.Scaling!;
        Assert.Equal(ofShort, scaling.ShortValueFactor, 1e-12);
        Assert.Equal(ofLong, scaling.LongValueFactor, 1e-12);
        Assert.Equal([2, 2, 2, 3], scaling.LongFactors.ToArray());
        Assert.Equal(16, scaling.OriginalMaxPositions);
    }

    [Theory]
    [InlineData("""{"type":"ntk"}""", "rope_type': expected one of default, linear, dynamic, yarn, llama3, longrope, mrope, came 'ntk'")]
    [InlineData("""{"rope_type":7}""", "rope_type': expected text, came 7")]
    [InlineData("""{"type":"linear"}""", "factor': expected a number over 0 for linear, came nothing")]
    [InlineData("""{"type":"linear","factor":0}""", "factor': expected a number over 0, came 0")]
    [InlineData("""{"type":"dynamic","factor":-2}""", "factor': expected a number over 0, came -2")]
    [InlineData("""{"type":"dynamic","factor":null}""", "factor': expected a number over 0 for dynamic, came nothing")]
    [InlineData("""{"type":"linear","factor":[2]}""", "factor': expected a number over 0, came [2]")]
    [InlineData("""{"type":"linear","factor":1e9}""", "factor': expected a number with which 1 to 2147483647 positions can be served, came 1000000000")]
    [InlineData("""{"type":"linear","factor":0.001}""", "factor': expected a number with which 1 to 2147483647 positions can be served, came 0.001")]
    [InlineData(
        """{"type":"yarn","factor":4}""",
        "original_max_position_embeddings': expected the context length of the first training for yarn, came nothing")]
    [InlineData(
        """{"type":"yarn","factor":4,"original_max_position_embeddings":0}""",
        "original_max_position_embeddings': expected a whole number of at least 1, came 0")]
    [InlineData(
        """{"type":"yarn","factor":4,"original_max_position_embeddings":32,"beta_fast":1,"beta_slow":2}""",
        "beta_fast': expected a number of at least beta_slow (2), came 1")]
    [InlineData(
        """{"type":"yarn","factor":4,"original_max_position_embeddings":32,"beta_slow":0}""", "beta_slow': expected a number over 0, came 0")]
    [InlineData(
        """{"type":"yarn","factor":4,"original_max_position_embeddings":32,"attention_factor":"x"}""",
        "attention_factor': expected a number over 0, came \"x\"")]
    [InlineData(
        """{"type":"yarn","factor":4,"original_max_position_embeddings":32,"mscale":-1}""", "mscale': expected a number of at least 0, came -1")]
    [InlineData(
        """{"type":"yarn","factor":4,"original_max_position_embeddings":32,"mscale_all_dim":"1"}""",
        "mscale_all_dim': expected a number of at least 0, came \"1\"")]
    [InlineData(
        """{"type":"yarn","factor":4,"original_max_position_embeddings":32,"truncate":1}""", "truncate': expected true or false, came 1")]
    [InlineData(
        """{"type":"yarn","factor":4,"original_max_position_embeddings":32,"mrope_section":[1,2,1]}""",
        "mrope_section': expected nothing beside yarn, which turns by one position, came sections")]
    [InlineData(
        """{"type":"llama3","factor":8,"high_freq_factor":4,"original_max_position_embeddings":32}""",
        "low_freq_factor': expected a number over 0 for llama3, came nothing")]
    [InlineData(
        """{"type":"llama3","factor":8,"low_freq_factor":1,"original_max_position_embeddings":32}""",
        "high_freq_factor': expected a number over 0 for llama3, came nothing")]
    [InlineData(
        """{"type":"llama3","factor":8,"low_freq_factor":4,"high_freq_factor":4,"original_max_position_embeddings":32}""",
        "high_freq_factor': expected a number over low_freq_factor (4), came 4")]
    [InlineData(
        """{"type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4}""",
        "original_max_position_embeddings': expected the context length of the first training for llama3, came nothing")]
    [InlineData(
        """{"type":"longrope","short_factor":FOURS,"long_factor":FOURS}""",
        "original_max_position_embeddings': expected the context length of the first training for longrope, came nothing")]
    [InlineData(
        """{"type":"longrope","short_factor":FOURS,"long_factor":FOURS,"original_max_position_embeddings":1}""",
        "original_max_position_embeddings': expected a whole number of at least 2 for longrope, came 1")]
    [InlineData(
        """{"type":"longrope","long_factor":FOURS,"original_max_position_embeddings":32}""",
        "short_factor': expected a list of numbers over 0 for longrope, came nothing")]
    [InlineData(
        """{"type":"longrope","short_factor":FOURS,"original_max_position_embeddings":32}""",
        "long_factor': expected a list of numbers over 0 for longrope, came nothing")]
    [InlineData(
        """{"type":"longrope","short_factor":[1,2,3],"long_factor":FOURS,"original_max_position_embeddings":32}""",
        "short_factor': expected 4 numbers, one for two of 8 dimensions that turn, came 3")]
    [InlineData(
        """{"type":"longrope","short_factor":FOURS,"long_factor":[1,2,3,4,5],"original_max_position_embeddings":32}""",
        "long_factor': expected 4 numbers, one for two of 8 dimensions that turn, came 5")]
    [InlineData(
        """{"type":"longrope","short_factor":FOURS,"long_factor":[],"original_max_position_embeddings":32}""",
        "long_factor': expected 4 numbers, one for two of 8 dimensions that turn, came 0")]
    [InlineData(
        """{"type":"longrope","short_factor":[1,2,0,4],"long_factor":FOURS,"original_max_position_embeddings":32}""",
        "short_factor': expected a list of numbers over 0, came [1,2,0,4]")]
    [InlineData(
        """{"type":"longrope","short_factor":FOURS,"long_factor":FOURS,"original_max_position_embeddings":32,"long_mscale":0}""",
        "long_mscale': expected a number over 0, came 0")]
    [InlineData("""{"type":"mrope"}""", "mrope_section': expected three counts of pairs: time, row, column, for mrope, came nothing")]
    [InlineData("""{"type":"mrope","mrope_section":[]}""", "mrope_section': expected three counts of pairs: time, row, column, came []")]
    [InlineData("""{"type":"mrope","mrope_section":[2,2]}""", "mrope_section': expected three counts of pairs: time, row, column, came [2, 2]")]
    [InlineData("""{"type":"mrope","mrope_section":[1,2,2]}""", "mrope_section': expected counts of pairs that are 4 together, came [1, 2, 2]")]
    [InlineData("""{"type":"default","mrope_section":[1,1,1]}""", "mrope_section': expected counts of pairs that are 4 together, came [1, 1, 1]")]
    [InlineData(
        """{"type":"mrope","mrope_section":[2147483647,2147483647,6]}""",
        "mrope_section': expected counts of pairs that are 4 together, came [2147483647, 2147483647, 6]")]
    [InlineData(
        """{"type":"mrope","mrope_section":[1,2,1],"mrope_interleaved":true}""",
        "mrope_section': expected counts of pairs that are 4 together, at most 1 of rows and 1 of columns in turns, came [1, 2, 1]")]
    [InlineData("""{"type":"mrope","mrope_section":[2,1,1],"mrope_interleaved":1}""", "mrope_interleaved': expected true or false, came 1")]
    public void What_does_not_fit_is_refused_by_its_field(string scaling, string expected)
    {
        var error = Assert.Throws<CheckpointException>(
            () => Read("LlamaForCausalLM", scaling.Replace("FOURS", Fours, StringComparison.Ordinal)));
        Assert.Contains($"'rope_scaling.{expected}", error.Message);
    }

    [Fact]
    public void The_factors_of_a_part_of_each_head_are_as_many_as_its_pairs()
    {
        var json = Minimal("Phi3ForCausalLM", """{"type":"longrope","short_factor":[1,1],"long_factor":[1,2]}""");
        json["original_max_position_embeddings"] = 16;
        json["partial_rotary_factor"] = 0.5;
        Assert.Equal(4, Read(json).RotaryDim);
        json["partial_rotary_factor"] = 1;
        Assert.Contains("'rope_scaling.long_factor': expected 4 numbers", Assert.Throws<CheckpointException>(() => Read(json)).Message);
    }

    private static LayerOps Ops() => new(
        PluginOps.Table(), ScalarType.Float32, CPU, new RankLane(new SingleRankCollective(epoch: 1)));

    private static JsonObject Minimal(string architecture, string scaling) => new()
    {
        ["architectures"] = new JsonArray(architecture),
        ["hidden_size"] = 64,
        ["intermediate_size"] = 96,
        ["num_hidden_layers"] = 2,
        ["num_attention_heads"] = 8,
        ["num_key_value_heads"] = 8,
        ["head_dim"] = 8,
        ["qk_rope_head_dim"] = 8,
        ["vocab_size"] = 100,
        ["max_position_embeddings"] = 64,
        ["rope_scaling"] = JsonNode.Parse(scaling),
    };

    private ModelConfig Read(string architecture, string scaling) => Read(Minimal(architecture, scaling));

    private ModelConfig Read(JsonObject json)
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), json.ToJsonString());
        return ModelConfig.Read(_folder);
    }
}
