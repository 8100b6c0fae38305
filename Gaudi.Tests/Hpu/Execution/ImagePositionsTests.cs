using System.Collections.Immutable;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Layers.Vision;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Hpu.Models.Vision;
using Xunit;

namespace Gaudi.Tests.Hpu.Execution;

public sealed class ImagePositionsTests
{
    // Worked by hand: three words, an image of 2 x 3 tokens, two words, an image of 3 x 1, a word.
    [Fact]
    public void Images_keep_one_time_and_what_follows_counts_on_behind_their_longer_side()
    {
        ImmutableArray<PromptImage> images = [new(3, 2, 3, []), new(11, 3, 1, [])];
        RopePosition[] expected =
        [
            new(0, 0, 0), new(1, 1, 1), new(2, 2, 2),
            new(3, 3, 3), new(3, 3, 4), new(3, 3, 5), new(3, 4, 3), new(3, 4, 4), new(3, 4, 5),
            new(6, 6, 6), new(7, 7, 7),
            new(8, 8, 8), new(8, 9, 8), new(8, 10, 8),
            new(11, 11, 11),
        ];
        Assert.Equal(expected, Enumerable.Range(0, expected.Length).Select(position => ImagePositions.Of(images, position)));
    }

    [Fact]
    public void Text_alone_stands_at_its_position()
    {
        Assert.Equal(new RopePosition(41, 41, 41), ImagePositions.Of([], 41));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_token_of_any_prompt_stands_where_the_published_rule_puts_it(int seed)
    {
        const int Text = 1;
        const int Start = 8;
        const int Image = 9;
        var random = new Random(seed);
        for (var round = 0; round < 20; round++)
        {
            var (ids, images, grids) = (new List<int>(), new List<PromptImage>(), new List<ImageGrid>());
            for (var part = 0; part < 4; part++)
            {
                ids.AddRange(Enumerable.Repeat(Text, random.Next(0, 4)));
                ids.Add(Start);
                var image = new PromptImage(ids.Count, random.Next(1, 5), random.Next(1, 5), []);
                images.Add(image);
                grids.Add(new ImageGrid(1, 2 * image.RowCount, 2 * image.ColumnCount));
                ids.AddRange(Enumerable.Repeat(Image, image.TokenCount));
            }
            ids.AddRange(Enumerable.Repeat(Text, 3));
            var truth = MropePositions.Of([.. ids], Image, Start, [.. grids], mergeSize: 2);
            Assert.Equal(
                ids.Select((_, at) => new RopePosition(truth.Temporal[at], truth.Row[at], truth.Column[at])),
                ids.Select((_, at) => ImagePositions.Of([.. images], at)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_cut_of_a_prompt_gives_each_row_the_same_place(int seed)
    {
        var random = new Random(seed);
        ImmutableArray<PromptImage> images = [new(2, 2, 2, [1]), new(9, 1, 4, [2])];
        var whole = Rows(images, 0, 20).ToArray();
        for (var round = 0; round < 20; round++)
        {
            var first = random.Next(0, 19);
            var count = random.Next(1, 20 - first);
            Assert.Equal(whole[first..(first + count)], Rows(images, first, count));
        }
    }

    // The place of each row, and the image token that stands there.
    private static IEnumerable<(RopePosition, int Image, int Token)> Rows(ImmutableArray<PromptImage> images, int first, int count)
    {
        var step = new SequenceStep(1, [.. Enumerable.Range(first, count)], first, 20, [0, 1], null, 0) { Images = images };
        var pass = StepPass.Of(new StepPlan(1, [step]), rowsMax: 64).Single();
        for (var row = 0; row < count; row++)
        {
            var image = pass.Images.FirstOrDefault(one => one.Row == row, new ImageRow(row, 0, -1, -1));
            yield return (pass.Rows.RopePositions[row], image.ImageIndex, image.TokenIndex);
        }
    }
}
