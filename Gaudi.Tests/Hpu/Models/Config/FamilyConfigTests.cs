using System.Text.Json.Nodes;
using Gaudi.Hpu.Models;
using Xunit;

namespace Gaudi.Tests.Hpu.Models.Config;

/// <summary>What config.json says in the words of one family, and what its models refuse.</summary>
public sealed class FamilyConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gaudi-family-config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("MixtralForCausalLM")]
    [InlineData("Phi3ForCausalLM")]
    public void A_sliding_window_is_every_layers_and_without_one_all_see_all(string architecture)
    {
        var json = Attending(architecture);
        Assert.Equal([null, null, null, null], Enumerable.Range(0, 4).Select(Read(json).WindowTokensOf));
        json["sliding_window"] = 512;
        Assert.Equal([512, 512, 512, 512], Enumerable.Range(0, 4).Select(Read(json).WindowTokensOf));
        json["sliding_window"] = null;
        Assert.Equal([null, null, null, null], Enumerable.Range(0, 4).Select(Read(json).WindowTokensOf));
    }

    [Theory]
    [InlineData("model.layers.4.mlp.gate.weight", true)]
    [InlineData("model.layers.61.enorm.weight", true)]
    [InlineData("model.layers.3.mlp.gate.weight", false)]
    [InlineData("model.layers.4", false)]
    [InlineData("model.layers.x.weight", false)]
    [InlineData("model.norm.weight", false)]
    public void Deepseeks_layers_behind_the_last_may_lie_in_the_checkpoint_unread(string tensorName, bool isIgnored)
    {
        var config = Read(Attending("DeepseekV3ForCausalLM"));
        Assert.Equal(isIgnored, ModelFamilies.Of(config).IsIgnored(config, tensorName));
    }

    [Fact]
    public void A_time_step_limit_of_pythons_infinity_is_none()
    {
        var text = Mamba().ToJsonString().Replace("\"LIMIT\"", "[0.0, Infinity]", StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "config.json"), text);
        var mamba = ModelConfig.Read(_folder).Mamba!;
        Assert.Equal((0, float.PositiveInfinity), (mamba.TimeStepMin, mamba.TimeStepMax));
    }

    [Theory]
    [InlineData("[0.5,0.25]", "'time_step_limit': expected the smaller number first, came [0.5, 0.25]")]
    [InlineData("[0.5]", "'time_step_limit': expected a list of 2 numbers, came [0.5]")]
    [InlineData("[-1,1]", "'time_step_limit': expected a list of 2 numbers, came [-1,1]")]
    [InlineData("7", "'time_step_limit': expected a list of 2 numbers, came 7")]
    public void A_time_step_limit_that_is_none_is_named(string limit, string expected)
    {
        var json = Mamba();
        json["time_step_limit"] = JsonNode.Parse(limit);
        Assert.Contains(expected, Assert.Throws<CheckpointException>(() => Read(json)).Message);
    }

    [Fact]
    public void States_verify_no_drafts()
    {
        var json = Mamba();
        json["time_step_limit"] = null;
        var config = Read(json);
        ModelLimits.CheckUse(config, worldSize: 2, verifiesDrafts: false, isExpertParallel: false);
        var refused = Assert.Throws<CheckpointException>(
            () => ModelLimits.CheckUse(config, worldSize: 2, verifiesDrafts: true, isExpertParallel: false));
        Assert.Contains("cannot be taken back where a draft does not stand; leave --speculative-config out", refused.Message);
    }

    [Fact]
    public void Experts_that_ranks_cannot_share_evenly_are_refused_where_they_are_shared_whole()
    {
        var json = Attending("MixtralForCausalLM");
        json["num_local_experts"] = 6;
        var config = Read(json);
        ModelLimits.CheckUse(config, worldSize: 4, verifiesDrafts: false, isExpertParallel: false);
        ModelLimits.CheckUse(config, worldSize: 2, verifiesDrafts: false, isExpertParallel: true);
        var refused = Assert.Throws<CheckpointException>(
            () => ModelLimits.CheckUse(config, worldSize: 4, verifiesDrafts: false, isExpertParallel: true));
        Assert.Contains("6 experts cannot be divided over --tensor-parallel-size 4", refused.Message);
    }

    private static JsonObject Attending(string architecture) => new()
    {
        ["architectures"] = new JsonArray(architecture),
        ["hidden_size"] = 256,
        ["intermediate_size"] = 768,
        ["num_hidden_layers"] = 4,
        ["num_attention_heads"] = 8,
        ["num_key_value_heads"] = 8,
        ["vocab_size"] = 1000,
        ["num_local_experts"] = 8,
        ["num_experts_per_tok"] = 2,
    };

    private static JsonObject Mamba() => new()
    {
        ["architectures"] = new JsonArray("Mamba2ForCausalLM"),
        ["hidden_size"] = 64,
        ["num_hidden_layers"] = 2,
        ["num_heads"] = 8,
        ["head_dim"] = 16,
        ["n_groups"] = 1,
        ["vocab_size"] = 1000,
        ["time_step_limit"] = "LIMIT",
    };

    private ModelConfig Read(JsonObject json)
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), json.ToJsonString());
        return ModelConfig.Read(_folder);
    }
}
