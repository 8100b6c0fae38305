using Gaudi.Hpu.Models.Lora;
using Gaudi.Tests.Hpu.Execution;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Hpu.Models.Lora;

/// <summary>Adapters that cannot be served: the refusal names tensor or field, what was expected and what came.</summary>
public sealed class PeftAdapterTests
{
    private const string Query = "model.layers.0.self_attn.q_proj";

    private static (string, int, int)[] Queries { get; } = [(Query, 64, 64)];

    [Fact]
    public void Refusals_say_what_is_wrong_and_leave_the_runner_as_it_was()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        Runners.Run(LoraScripts.Settings(model.Folder), 1, runner =>
        {
            foreach (var (expected, adapter) in Cases())
            {
                using (adapter)
                    Assert.Contains(expected, runner.AddLora(adapter.Find("bad")) ?? "nothing", StringComparison.Ordinal);
            }
            Assert.Empty(runner.LoraIds);
            using var good = RandomAdapter.Write(Queries, 1);
            foreach (var id in new[] { "a", "b", "c" })
                Assert.Null(runner.AddLora(good.Find(id)));
            Assert.Contains("3 adapters are loaded, as many as may be", runner.AddLora(good.Find("d")), StringComparison.Ordinal);
            Assert.Null(runner.AddLora(good.Find("c")));
            var changed = good.Find("e");
            File.AppendAllText(Path.Combine(good.Folder, "adapter_config.json"), " ");
            runner.RemoveLora("a");
            Assert.Contains("they were changed after the adapter was loaded", runner.AddLora(changed), StringComparison.Ordinal);
            return 0;
        });
        Runners.Run(Runners.Settings(model.Folder), 1, runner =>
        {
            using var good = RandomAdapter.Write(Queries, 1);
            Assert.Contains("--enable-lora", runner.AddLora(good.Find("a")), StringComparison.Ordinal);
            return 0;
        });
    }

    // As `save_embedding_layers` writes it where the embedding is adapted.
    [Fact]
    public void Copies_of_the_models_own_embedding_and_head_are_passed_over()
    {
        using var model = RandomModel.Write(new RandomModelShape());
        using var adapter = RandomAdapter.Write(Queries, 1, add: writer =>
        {
            writer.Add("base_model.model.model.embed_tokens.base_layer.weight", zeros([8, 64]));
            writer.Add("base_model.model.lm_head.base_layer.weight", zeros([8, 64]));
        });
        Runners.Run(LoraScripts.Settings(model.Folder), 1, runner =>
        {
            Assert.Null(runner.AddLora(adapter.Find("a")));
            return 0;
        });
    }

    [Theory]
    [InlineData(false, 8, 2)] // 16 / 2 and 8 / 4
    [InlineData(true, 11.3137085, 4)] // 16 / root of 2 and 8 / root of 4
    public void Patterns_say_rank_and_scale_of_a_module(bool isRankStabilized, double patterned, double usual)
    {
        using var adapter = RandomAdapter.Write(Queries, 1, isRankStabilized: isRankStabilized, config: said =>
        {
            said["rank_pattern"] = new Dictionary<string, int> { ["q_proj"] = 2 };
            said["alpha_pattern"] = new Dictionary<string, int> { [@".*layers\.0.*q_proj"] = 16 };
        });
        var config = PeftConfig.Read(adapter.Folder, rankMax: 8);
        Assert.Equal((2, 4), (config.RankOf(Query), config.RankOf("model.layers.0.self_attn.k_proj")));
        Assert.Equal(patterned, config.ScaleOf(Query), 1e-6);
        Assert.Equal(usual, config.ScaleOf("model.layers.0.self_attn.k_proj"), 1e-6);
    }

    private static IEnumerable<(string Expected, RandomAdapter Adapter)> Cases()
    {
        yield return ("'r': expected a rank of at most 6 (--max-lora-rank), came 7", RandomAdapter.Write(Queries, 1, rank: 7));
        yield return ("'rank_pattern': expected a rank of at most 6", Said("rank_pattern", new Dictionary<string, int> { ["q_proj"] = 8 }));
        yield return ("'use_dora': expected none (DoRA's magnitudes are not served), came true", Said("use_dora", true));
        yield return ("'alora_invocation_tokens': expected none", Said("alora_invocation_tokens", new[] { 3 }));
        yield return ("'bias': expected none (trained biases are not served), came all", Said("bias", "all"));
        yield return ("'modules_to_save': expected none", Said("modules_to_save", new[] { "lm_head" }));
        yield return ("'target_parameters': expected none", Said("target_parameters", new[] { "mlp.experts.gate_up_proj" }));
        yield return ("'peft_type': expected LORA, came IA3", Said("peft_type", "IA3"));
        yield return ("'r': expected a whole number of at least 1, came nothing", Said("r", null));
        yield return (
            $"base_model.model.{Query}.lora_A.weight: expected [4, 64], came [4, 32]", RandomAdapter.Write([(Query, 64, 32)], 1));
        yield return (
            $"base_model.model.{Query}.lora_B.weight: expected [64, 4], came [128, 4]", RandomAdapter.Write([(Query, 128, 64)], 1));
        yield return (
            $"base_model.model.{Query}.lora_B.weight: expected [64, 4], came none", Changed((name, stored) => name.Contains("_B", StringComparison.Ordinal) ? null : stored));
        yield return (
            "base_model.model.model.layers.9.self_attn.q_proj.lora_A.weight: expected A or B of a layer, came no layer of this model",
            RandomAdapter.Write([("model.layers.9.self_attn.q_proj", 64, 64)], 1));
        yield return ("came an expert's, and experts are not adapted", RandomAdapter.Write([("model.layers.0.mlp.experts.3.up_proj", 64, 64)], 1));
        yield return (
            $"{Query}.lora_A.weight: expected finite values", Changed((name, stored) => name.Contains("_A", StringComparison.Ordinal) ? full([4, 64], float.NaN) : stored));
        yield return ("expected at least one A and B, came none", RandomAdapter.Write([], 1));
        yield return ("expected floating-point values, came Int32", Changed((_, stored) => stored.to_type(ScalarType.Int32)));
    }

    private static RandomAdapter Said(string field, object? value) => RandomAdapter.Write(Queries, 1, config: said => said[field] = value);

    private static RandomAdapter Changed(Func<string, Tensor, Tensor?> change) => RandomAdapter.Write(Queries, 1, change: change);
}
