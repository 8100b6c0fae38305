using Gaudi.Tests.Training;
using Gaudi.Tests.Training.Export;
using Gaudi.Tests.Training.Learning;
using Gaudi.Tests.Training.Lessons;
using Gaudi.Tests.Training.Network;
using Gaudi.Tests.Training.Tokens;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Gaudi.Tests.Demo;

/// <summary>How the trainer makes an adapter, on a model of two small layers.</summary>
public sealed class AdapterTrainingTests : IDisposable
{
    private const int StepCount = 12;
    private const int Rank = 4;
    private const int Alpha = 8;

    private static readonly BpeTokenizer Tokenizer = TokenizerCorpus.MakeTokenizer();
    private static readonly LlamaShape Shape = new(Tokenizer.VocabularyCount, 32, 48, 2, 4, 2, 8);

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly string _folder = Directory.CreateTempSubdirectory("gaudi-adapter-").FullName;
    private readonly LlamaWeights _weights = LlamaWeights.Random(Shape, seed: 3);

    public void Dispose()
    {
        _weights.Dispose();
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Fresh_adapter_changes_nothing()
    {
        using var adapter = LoraAdapter.Fresh(_weights, Rank, Alpha, seed: 1);
        Assert.True(Logits(_weights, adapter).equal(Logits(_weights)).all().ToBoolean());
    }

    [Fact]
    public void Steps_lower_the_loss_and_leave_every_weight_as_it_was()
    {
        _weights.Freeze();
        var before = _weights.Named.Select(named => named.Value.clone()).ToArray();
        using var adapter = LoraAdapter.Fresh(_weights, Rank, Alpha, seed: 1);

        var losses = Train(_weights, adapter);

        Assert.True(losses[^1] < losses[0], $"loss went from {losses[0]} to {losses[^1]}");
        Assert.All(_weights.Named.Zip(before), pair => Assert.True(pair.First.Value.equal(pair.Second).all().ToBoolean(), pair.First.Key));
        Assert.All(adapter.Named, named => Assert.True(named.Value.count_nonzero().ToInt64() > 0, $"{named.Key} is still zero"));
    }

    [Fact]
    public void One_seed_gives_one_file()
    {
        _weights.Freeze();
        Assert.Equal(TrainedFile(seed: 1), TrainedFile(seed: 1));
        Assert.NotEqual(TrainedFile(seed: 1), TrainedFile(seed: 2));
    }

    /// <summary>Both ways round in float32: they differ by rounding alone, some 1e-7 of logits below 1.</summary>
    [Fact]
    public void Adapter_beside_a_weight_is_the_weight_with_the_product_added()
    {
        using var adapter = Trained();
        var beside = Logits(_weights, adapter);
        using (no_grad())
        {
            foreach (var (name, weight) in _weights.Named)
            {
                if (adapter.FactorsOf(name) is { } factors)
                {
                    weight.add_(factors.B.matmul(factors.A) * 2);
                }
            }
        }

        Assert.InRange((Logits(_weights) - beside).abs().max().ToSingle(), 0, 1e-5f);
    }

    [Fact]
    public void Folder_reads_back_as_it_was_written()
    {
        using var adapter = Trained();
        AdapterFolder.Write(_folder, adapter, "gaudi-demo");
        using var read = AdapterFolder.Read(_folder, _weights);
        Assert.True(Logits(_weights, read).equal(Logits(_weights, adapter)).all().ToBoolean());
    }

    [Fact]
    public void Folder_of_another_model_is_refused_by_the_tensor_that_differs()
    {
        using var adapter = LoraAdapter.Fresh(_weights, Rank, Alpha, seed: 1);
        AdapterFolder.Write(_folder, adapter, "gaudi-demo");
        using var wider = LlamaWeights.Random(Shape with { Hidden = 64 }, seed: 3);
        var problem = Assert.Throws<ArgumentException>(() => AdapterFolder.Read(_folder, wider));
        Assert.Contains("`model.layers.0.mlp.down_proj.lora_B.weight` of size [64, 4]", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--draft")]
    [InlineData("--resume")]
    public void An_adapter_is_trained_in_one_go_over_a_whole_model(string argument)
    {
        var problem = Assert.Throws<ArgumentException>(() => TrainingOptions.Parse(["--base", "a", "--output", "b", argument]));
        Assert.Contains("--base goes with neither", problem.Message, StringComparison.Ordinal);
    }

    private LoraAdapter Trained()
    {
        _weights.Freeze();
        var adapter = LoraAdapter.Fresh(_weights, Rank, Alpha, seed: 1);
        Train(_weights, adapter);
        return adapter;
    }

    private byte[] TrainedFile(int seed)
    {
        using var adapter = LoraAdapter.Fresh(_weights, Rank, Alpha, seed);
        Train(_weights, adapter);
        AdapterFolder.Write(_folder, adapter, "gaudi-demo");
        return File.ReadAllBytes(Path.Combine(_folder, "adapter_model.safetensors"));
    }

    private static double[] Train(LlamaWeights weights, LoraAdapter adapter)
    {
        using var optimizer = new AdamW(adapter.Named, weightDecay: 0);
        using var trainer = new Trainer(weights, optimizer, new LearningRate(0.5, StepCount), usesBfloat16: false, adapter);
        var batches = new BatchMaker(new Curriculum(5, productPercent: 100), Tokenizer, tokensMax: 512, seed: 5);
        return Enumerable.Range(1, StepCount).Select(step => trainer.Step(step, batches.Next())).ToArray();
    }

    private static Tensor Logits(LlamaWeights weights, LoraAdapter? adapter = null)
    {
        using var noGrad = no_grad();
        using var net = new LlamaNet(weights, usesBfloat16: false, adapter);
        var ids = Tokenizer.Encode(ChatFormat.Prompt("What is 7 x 8?")).Select(id => (long)id).ToArray();
        return net.Logits(net.Forward(tensor(ids, [1, ids.Length]))); // [1, tokens, vocabulary]
    }
}
