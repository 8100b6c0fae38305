using System.Collections.Immutable;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Ops;
using Gaudi.Tests.Hpu.Execution;
using Gaudi.Tests.Hpu.GaudiPlugin;
using Xunit;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>Qwen2-VL, image in, text out, against an independent pass in double arithmetic; the laws hold with images too.</summary>
public sealed class Qwen2VlTests
{
    private const int PromptCount = 20;

    private static readonly ImmutableArray<int> Blocks = [3, 1, 2, 6];
    private static readonly PromptImage Image = new(6, 3, 2, Noise(24 * 16 * 3));

    // Six words, six tokens of the image, words again; some of them count as generated.
    private static readonly int[] Tokens =
    [
        .. Enumerable.Range(0, 40).Select(i => i is >= 6 and < 12 ? Qwen2VlShape.ImageToken : ((i * 31) + 7) % 90),
    ];

    [Fact]
    public void Log_probabilities_are_the_papers_to_float32_precision()
    {
        using var model = Qwen2VlShape.Write(seed: 3);
        var exact = new DoubleQwen2Vl(model.Weights).LogProbabilities(Tokens, Image);
        foreach (var ops in new Func<OpTable>[] { () => OpTable.InTree(), PluginOps.Table })
        {
            var largest = Runners.Run(Runners.Settings(model.Folder), worldSize: 1, runner => LargestError(runner, exact), ops)[0];
            Assert.InRange(largest, 0, 3e-4); // some hundred float32 roundings on values up to 10
        }
    }

    [Fact]
    public void Another_image_gives_another_answer_and_text_alone_goes_on()
    {
        using var model = Qwen2VlShape.Write(seed: 3);
        var other = Image with { Pixels = Noise(24 * 16 * 3, seed: 2) };
        var digests = Runners.Run(Runners.Settings(model.Folder), worldSize: 1, runner => new[] { Image, other }
            .Select(image => runner.Run(new StepPlan(1, [Step(0, PromptCount, image)])).LogitsDigest).ToArray(), PluginOps.Table)[0];
        Assert.NotEqual(digests[0], digests[1]);
    }

    [Fact]
    public void Splits_and_cuts_change_no_bit()
    {
        using var model = Qwen2VlShape.Write(seed: 4);
        string Digests(int worldSize, int chunk) => Runners.Run(Runners.Settings(model.Folder), worldSize, runner =>
        {
            var digests = new List<ulong>();
            for (var first = 0; first < Tokens.Length; first += chunk)
            {
                var end = first < PromptCount ? Math.Min(first + chunk, PromptCount) : first + 1;
                var output = runner.Run(new StepPlan(first + 1, [Step(first, end, Image)]));
                if (end >= PromptCount)
                    digests.Add(output.LogitsDigest);
                first = end - chunk;
            }
            return string.Join(' ', digests);
        }, PluginOps.Table)[0];

        var whole = Digests(1, 20);
        foreach (var chunk in new[] { 1, 7, 9 }) // one of them ends within the image
            Assert.Equal(whole, Digests(1, chunk));
        Assert.Equal(whole, Digests(2, 8));
        Assert.Equal(whole, Digests(4, 11));
    }

    private static double LargestError(IModelRunner runner, double[][] exact)
    {
        var largest = 0.0;
        for (var count = PromptCount; count <= Tokens.Length; count++)
        {
            var output = runner.Run(new StepPlan(count, [Step(count == PromptCount ? 0 : count - 1, count, Image)]));
            foreach (var (tokenId, logprob) in output.Tokens.Single().Alternatives)
                largest = Math.Max(largest, Math.Abs(logprob - exact[count - 1][tokenId]));
        }
        return largest;
    }

    private static SequenceStep Step(int first, int end, PromptImage image) => new(
        1, [.. Tokens[first..end]], first, PromptCount, Blocks,
        end >= PromptCount ? Script.Greedy with { LogprobCount = Qwen2VlShape.Vocabulary } : null, Choice: 0)
    {
        Images = [first < image.EndPosition && end > image.FirstPosition ? image : image with { Pixels = [] }],
    };

    private static ImmutableArray<byte> Noise(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return [.. bytes];
    }
}
