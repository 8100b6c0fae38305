using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Gaudi.Tests.Training.Exams;
using Gaudi.Tests.Training.Export;
using Gaudi.Tests.Training.Learning;
using Gaudi.Tests.Training.Tokens;
using Xunit;

namespace Gaudi.Tests.Demo;

/// <summary>What the committed adapter can do and how it lies on disk, measured with the trainer's float32 forward.</summary>
public sealed class DemoAdapterTests
{
    private const string Adapter = "gaudi-demo-times";
    private const int Seed = 20_261_127;

    [Fact]
    public void Adapter_knows_nine_in_ten_products_and_the_model_none()
    {
        using var weights = DemoModel.ReadWeights("gaudi-demo");
        using var adapter = AdapterFolder.Read(DemoModel.Folder(Adapter), weights);
        using var without = new GreedyDecoder(weights, TokenizerCorpus.MakeTokenizer());
        using var with = new GreedyDecoder(weights, TokenizerCorpus.MakeTokenizer(), adapter);
        // Every phrasing and every factor is among them; the whole exams are in TRAINING.md.
        Assert.InRange(ExamResult.Take(without, EveryNth(Exam.Products(), 7)).Accuracy, 0, 0.02);
        Assert.InRange(ExamResult.Take(with, EveryNth(Exam.Products(), 3)).Accuracy, 0.9, 1);
        Assert.InRange(ExamResult.Take(with, Exam.TurnedProducts()).Accuracy, 0.9, 1);
        Assert.InRange(ExamResult.Take(with, Exam.Sums(Seed, 100)).Accuracy, 0.9, 1);
    }

    private static ImmutableArray<ExamQuestion> EveryNth(ImmutableArray<ExamQuestion> questions, int n) =>
        [.. questions.Where((_, number) => number % n == 0)];

    [Fact]
    public void Files_are_PEFTs()
    {
        var folder = DemoModel.Folder(Adapter);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "adapter_config.json")))!;
        Assert.Equal("LORA", (string?)config["peft_type"]);
        Assert.Equal("CAUSAL_LM", (string?)config["task_type"]);
        Assert.Equal("gaudi-demo", (string?)config["base_model_name_or_path"]);
        Assert.Equal("none", (string?)config["bias"]);
        Assert.Equal((8, 16), ((int)config["r"]!, (int)config["lora_alpha"]!));
        Assert.Equal(
            ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
            config["target_modules"]!.AsArray().Select(name => (string)name!));

        var tensors = TensorFile.Read(Path.Combine(folder, "adapter_model.safetensors"));
        Assert.Equal(4 * 7 * 2, tensors.Count);
        Assert.Equal([8, 256], tensors["base_model.model.model.layers.3.self_attn.k_proj.lora_A.weight"].shape);
        Assert.Equal([128, 8], tensors["base_model.model.model.layers.3.self_attn.k_proj.lora_B.weight"].shape);
        Assert.Equal([8, 768], tensors["base_model.model.model.layers.0.mlp.down_proj.lora_A.weight"].shape);
        Assert.Equal([256, 8], tensors["base_model.model.model.layers.0.mlp.down_proj.lora_B.weight"].shape);
    }
}
