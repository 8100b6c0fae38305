using Gaudi.Hpu.Layers;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>For each architecture a checkpoint of fixed seed and its independent implementation.</summary>
internal static class GoldenFamilies
{
    private const int Seed = 3;

    /// <summary>By architecture.</summary>
    public static SortedDictionary<string, Func<GoldenFixture>> All { get; } = new(StringComparer.Ordinal)
    {
        ["LlamaForCausalLM"] = () => Dense(new("LlamaForCausalLM") { KvHeads = 2, HeadDim = 12, Layers = 3, HasLlama3Scaling = true }),
        ["Qwen2ForCausalLM"] = () => Dense(new("Qwen2ForCausalLM") { KvHeads = 4, HeadDim = 12, Layers = 3, IsTied = true }),
        ["Qwen3ForCausalLM"] = () => Dense(new("Qwen3ForCausalLM") { KvHeads = 2, HeadDim = 12, Layers = 3 }),
        ["Gemma2ForCausalLM"] = () => Gemma("Gemma2ForCausalLM"),
        ["Gemma3ForCausalLM"] = () => Gemma("Gemma3ForCausalLM"),
        ["Phi3ForCausalLM"] = Phi3,
        ["MixtralForCausalLM"] = () => Moe("MixtralForCausalLM"),
        ["Qwen2MoeForCausalLM"] = () => Moe("Qwen2MoeForCausalLM"),
        ["Qwen3MoeForCausalLM"] = () => Moe("Qwen3MoeForCausalLM"),
        ["GptOssForCausalLM"] = () => Moe("GptOssForCausalLM"),
        ["DeepseekV2ForCausalLM"] = () => Deepseek("DeepseekV2ForCausalLM"),
        ["DeepseekV3ForCausalLM"] = () => Deepseek("DeepseekV3ForCausalLM"),
        ["Mamba2ForCausalLM"] = Mamba2,
        ["GraniteMoeHybridForCausalLM"] = Granite,
        ["Qwen2VLForConditionalGeneration"] = Qwen2Vl,
    };

    private static GoldenFixture Dense(RandomModelShape shape)
    {
        var model = RandomModel.Write(shape);
        var tokens = FamilyRuns.Tokens(shape.Vocabulary);
        return new GoldenFixture(model, model.Folder, tokens, new DoubleForward(model).LogProbabilities(tokens));
    }

    private static GoldenFixture Gemma(string architecture)
    {
        var shape = new GemmaShape(architecture);
        var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), Seed, spreads: GemmaShape.Spread);
        return Of(model, GemmaShape.Vocabulary, new DoubleGemma(shape, model.Weights).LogProbabilities);
    }

    private static GoldenFixture Phi3()
    {
        var shape = new Phi3Shape(128);
        var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), Seed);
        return Of(model, Phi3Shape.Vocabulary, new DoublePhi3(shape, model.Weights).LogProbabilities);
    }

    private static GoldenFixture Moe(string architecture)
    {
        var shape = new MoeShape(architecture) { Renormalises = architecture is "MixtralForCausalLM" or "Qwen3MoeForCausalLM" };
        var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), Seed);
        return Of(model, MoeShape.Vocabulary, new DoubleMoe(shape, model.Weights).LogProbabilities);
    }

    private static GoldenFixture Deepseek(string architecture)
    {
        var shape = new DeepseekShape(architecture, HasQueryRank: true) { HasYarn = true };
        var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), Seed);
        return Of(model, DeepseekShape.Vocabulary, new DoubleDeepseek(shape, model.Weights).LogProbabilities);
    }

    private static GoldenFixture Mamba2()
    {
        var shape = new TinyMamba2(Groups: 4);
        var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), Seed);
        return Of(model, TinyMamba2.Vocabulary, tokens => shape.LogProbabilities(model.Weights, tokens));
    }

    private static GoldenFixture Granite()
    {
        var shape = new GraniteShape(Experts: 6, HasRotary: false);
        var model = RandomCheckpoint.Write(shape.Config(), shape.Tensors(), Seed);
        return Of(model, GraniteShape.Vocabulary, tokens => shape.LogProbabilities(model.Weights, tokens));
    }

    private static GoldenFixture Qwen2Vl()
    {
        var model = Qwen2VlShape.Write(Seed);
        var pixels = new byte[24 * 16 * 3];
        new Random(1).NextBytes(pixels);
        var image = new PromptImage(6, 3, 2, [.. pixels]);
        var tokens = Enumerable.Range(0, 40).Select(i => i is >= 6 and < 12 ? Qwen2VlShape.ImageToken : ((i * 31) + 7) % 90).ToArray();
        var exact = new DoubleQwen2Vl(model.Weights).LogProbabilities(tokens, image);
        return new GoldenFixture(model, model.Folder, tokens, exact) { Images = [image] };
    }

    private static GoldenFixture Of(RandomCheckpoint model, int vocabulary, Func<int[], double[][]> exact)
    {
        var tokens = FamilyRuns.Tokens(vocabulary);
        return new GoldenFixture(model, model.Folder, tokens, exact(tokens));
    }
}
