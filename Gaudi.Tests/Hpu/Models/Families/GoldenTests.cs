using System.Collections.Immutable;
using System.Globalization;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Models;
using Gaudi.Tests.Hpu.Execution;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>
/// Whole models against stored values: the independent implementations still give them, and so do the models served. A
/// mistake made in both on the same day would show here.
/// </summary>
public sealed class GoldenTests(ITestOutputHelper output)
{
    // Some hundred float32 roundings on values up to 10, and float32 angles.
    private const double Float32Tolerance = 3e-4;

    // The system's logarithm and cosine make the weights; another one may round a weight otherwise.
    private const double Float64Tolerance = 1e-6;
    private const double SumTolerance = 1e-3;

    private static readonly ImmutableArray<int> Blocks = [3, 1, 2, 6];

    public static TheoryData<string> Architectures => [.. GoldenFamilies.All.Keys];

    [Fact]
    public void Every_architecture_has_a_golden()
    {
        Assert.Equal(ModelConfig.SupportedArchitectures.ToArray(), GoldenFamilies.All.Keys.ToArray());
        Assert.Equal(ModelConfig.SupportedArchitectures.ToArray(), GoldenFile.All.Select(golden => golden.Architecture).ToArray());
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Independent_implementation_and_model_give_the_golden(string architecture)
    {
        var golden = GoldenFile.All.Single(one => one.Architecture == architecture);
        using var fixture = GoldenFamilies.All[architecture]();
        var now = GoldenFile.Of(architecture, fixture);
        Assert.InRange(now.Sum, golden.Sum - SumTolerance, golden.Sum + SumTolerance);
        Assert.Equal(15, golden.Entries.Length);
        Assert.Equal(golden.Entries.Select(Place), now.Entries.Select(Place));
        foreach (var (stored, computed) in golden.Entries.Zip(now.Entries))
            Assert.InRange(computed.Logprob, stored.Logprob - Float64Tolerance, stored.Logprob + Float64Tolerance);
        foreach (var worldSize in new[] { 1, 2 })
        {
            var served = Served(fixture, worldSize);
            foreach (var (count, token, logprob) in golden.Entries)
                Assert.InRange(served[count][token], logprob - Float32Tolerance, logprob + Float32Tolerance);
            var largest = served.Max(at => at.Value.Max(one => Math.Abs(one.Value - fixture.Exact[at.Key - 1][one.Key])));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{architecture} TP={worldSize} max error {largest:E2}"));
            Assert.InRange(largest, 0, Float32Tolerance);
        }
    }

    private static (int TokenCount, int TokenId) Place((int TokenCount, int TokenId, double Logprob) entry) =>
        (entry.TokenCount, entry.TokenId);

    // By how many tokens came before, by token: log probabilities.
    private static Dictionary<int, Dictionary<int, double>> Served(GoldenFixture fixture, int worldSize) =>
        Runners.Run(Runners.Settings(fixture.Folder), worldSize, runner =>
        {
            var served = new Dictionary<int, Dictionary<int, double>>();
            for (var count = FamilyRuns.PromptCount; count <= fixture.Tokens.Length; count++)
            {
                var first = count == FamilyRuns.PromptCount ? 0 : count - 1;
                var step = new SequenceStep(
                    1, [.. fixture.Tokens[first..count]], first, FamilyRuns.PromptCount, Blocks,
                    Script.Greedy with { LogprobCount = fixture.Exact[0].Length }, Choice: 0)
                {
                    Images = [.. fixture.Images.Select(image => first == 0 ? image : image with { Pixels = [] })],
                };
                served[count] = runner.Run(new StepPlan(count, [step])).Tokens.Single().Alternatives
                    .ToDictionary(one => one.TokenId, one => (double)one.Logprob);
            }
            return served;
        }, PluginOps.Table)[0];
}
