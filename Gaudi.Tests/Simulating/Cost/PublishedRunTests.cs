using Akka.Configuration;
using Gaudi.Tests.Layering;
using Gaudi.Tests.Simulation.Cost;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Simulating.Cost;

/// <summary>
/// The cost model against Intel's published throughput (intel.com, Model Performance Data for Intel Gaudi 3 and Gaudi 2 AI
/// Accelerators, release 1.18.0, fp8). The overheads of cards.conf come from the runs on one card; those on several are predicted.
/// </summary>
public sealed class PublishedRunTests(ITestOutputHelper output)
{
    private const double Tolerance = 0.30;

    private static readonly Config Book = ConfigurationFactory.ParseString(
        File.ReadAllText(Path.Combine(SourceTree.Root, "hocon", "topologies", "cards.conf")));

    private static readonly Dictionary<string, ModelShape> Models = new(StringComparer.Ordinal)
    {
        ["llama-2-7b"] = new(4096, 32, 32, 32, 128, 11008, 32000, false, 1, 1, 1, 2, 1),
        ["llama-2-70b"] = new(8192, 80, 64, 8, 128, 28672, 32000, false, 1, 1, 1, 2, 1),
        ["llama-3.1-8b"] = new(4096, 32, 32, 8, 128, 14336, 128256, false, 1, 1, 1, 2, 1),
        ["llama-3.1-70b"] = new(8192, 80, 64, 8, 128, 28672, 128256, false, 1, 1, 1, 2, 1),
        ["mistral-7b"] = new(4096, 32, 32, 8, 128, 14336, 32000, false, 1, 1, 1, 2, 1),
    };

    [Theory]
    [InlineData("gaudi3", "llama-2-7b", 1, 128, 128, 1536, 19810)]
    [InlineData("gaudi3", "llama-2-7b", 1, 128, 2048, 217, 6763)]
    [InlineData("gaudi3", "llama-2-7b", 1, 2048, 128, 153, 2029)]
    [InlineData("gaudi3", "llama-2-7b", 1, 2048, 2048, 75, 2734)]
    [InlineData("gaudi3", "llama-3.1-8b", 1, 128, 128, 1536, 24310)]
    [InlineData("gaudi3", "llama-3.1-8b", 1, 128, 2048, 768, 18830)]
    [InlineData("gaudi3", "llama-3.1-8b", 1, 2048, 128, 256, 2652)]
    [InlineData("gaudi3", "llama-3.1-8b", 1, 2048, 2048, 364, 7405)]
    [InlineData("gaudi3", "mistral-7b", 1, 128, 128, 896, 24433)]
    [InlineData("gaudi3", "mistral-7b", 1, 128, 2048, 120, 13726)]
    [InlineData("gaudi3", "mistral-7b", 1, 2048, 128, 120, 2085)]
    [InlineData("gaudi3", "mistral-7b", 1, 2048, 2048, 44, 4970)]
    [InlineData("gaudi2", "llama-2-7b", 1, 128, 128, 1230, 13137)]
    [InlineData("gaudi2", "llama-2-7b", 1, 128, 2048, 163, 4791)]
    [InlineData("gaudi2", "llama-2-7b", 1, 2048, 128, 94, 1449)]
    [InlineData("gaudi2", "llama-2-7b", 1, 2048, 2048, 81, 1953)]
    [InlineData("gaudi2", "mistral-7b", 1, 128, 128, 896, 18023)]
    [InlineData("gaudi2", "mistral-7b", 1, 128, 2048, 120, 11294)]
    [InlineData("gaudi2", "mistral-7b", 1, 2048, 128, 120, 1427)]
    [InlineData("gaudi2", "mistral-7b", 1, 2048, 2048, 44, 3947)]
    [InlineData("gaudi2", "llama-3.1-8b", 1, 128, 128, 2429, 18201)]
    [InlineData("gaudi2", "llama-3.1-8b", 1, 128, 2048, 289, 11138)]
    [InlineData("gaudi2", "llama-3.1-8b", 1, 2048, 128, 179, 2028)]
    [InlineData("gaudi2", "llama-3.1-8b", 1, 2048, 2048, 155, 5511)]
    public void Runs_on_one_card_that_the_overheads_were_fitted_to(
        string generation, string model, int cards, int input, int output, int sequences, double published) =>
        Check(generation, model, cards, input, output, sequences, published);

    [Theory]
    [InlineData("gaudi3", "llama-2-70b", 2, 128, 128, 1750, 4433)]
    [InlineData("gaudi3", "llama-2-70b", 2, 128, 2048, 512, 6026)]
    [InlineData("gaudi3", "llama-2-70b", 2, 2048, 128, 231, 498)]
    [InlineData("gaudi3", "llama-2-70b", 2, 2048, 2048, 240, 2641)]
    [InlineData("gaudi3", "llama-3.1-70b", 2, 128, 128, 3516, 3711)]
    [InlineData("gaudi3", "llama-3.1-70b", 2, 128, 2048, 450, 5776)]
    [InlineData("gaudi3", "llama-3.1-70b", 2, 2048, 128, 223, 497)]
    [InlineData("gaudi3", "llama-3.1-70b", 2, 2048, 2048, 175, 2588)]
    [InlineData("gaudi3", "llama-3.1-70b", 8, 128, 128, 4000, 15008)]
    [InlineData("gaudi3", "llama-3.1-70b", 8, 128, 2048, 600, 15711)]
    [InlineData("gaudi3", "llama-3.1-70b", 8, 2048, 128, 400, 1600)]
    [InlineData("gaudi3", "llama-3.1-70b", 8, 2048, 2048, 600, 8946)]
    [InlineData("gaudi2", "llama-2-70b", 2, 128, 128, 1750, 2844)]
    [InlineData("gaudi2", "llama-2-70b", 2, 2048, 128, 95, 310)]
    [InlineData("gaudi2", "llama-2-70b", 2, 2048, 2048, 78, 1438)]
    public void Runs_on_several_cards_that_are_predicted(
        string generation, string model, int cards, int input, int output, int sequences, double published) =>
        Check(generation, model, cards, input, output, sequences, published);

    /// <summary>
    /// One published run does not fit: llama-2-70b on four Gaudi 2, 128 to 2048 tokens, 327 sequences, 3,211 tokens/s, which is
    /// slower a card than every run beside it. The model says twice as much; this test is here so that nobody forgets it.
    /// </summary>
    [Fact]
    public void One_run_is_told_to_be_twice_as_fast_as_it_was()
    {
        var told = Predict("gaudi2", "llama-2-70b", 4, 128, 2048, 327);
        Assert.InRange(told / 3211, 1.7, 2.5);
    }

    private void Check(string generation, string model, int cards, int input, int tokens, int sequences, double published)
    {
        var told = Predict(generation, model, cards, input, tokens, sequences);
        output.WriteLine(
            $"{generation} {model} x{cards} {input}/{tokens} {sequences}: {told:0} for {published:0} ({(told / published) - 1:+0%;-0%})");
        Assert.InRange(told / published, 1 - Tolerance, 1 + Tolerance);
    }

    private static double Predict(string generation, string model, int cards, int input, int tokens, int sequences)
    {
        var cost = new RooflineCost(Models[model], CardBook.Card(Book, generation, isFp8: true), CardBook.FabricOf(Book, generation));
        return new BatchRun(input, tokens, sequences).TokensPerSecond(
            cost, [.. Enumerable.Range(0, cards).Select(card => new GroupCard(0, card))]);
    }
}
