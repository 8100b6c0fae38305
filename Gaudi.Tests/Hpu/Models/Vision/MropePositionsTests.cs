using System.Collections.Immutable;
using Gaudi.Hpu;
using Gaudi.Hpu.Layers.Vision;
using Gaudi.Hpu.Models.Vision;
using Xunit;

namespace Gaudi.Tests.Hpu.Models.Vision;

/// <summary>The published rule on prompts worked by hand: S starts an image, I is a token of one, E ends it, t is text.</summary>
public sealed class MropePositionsTests
{
    private const int Image = 9;
    private const int Start = 8;

    [Fact]
    public void Text_alone_counts_up_in_all_three()
    {
        var positions = Of("ttt");
        Assert.Equal([0, 1, 2], positions.Temporal.ToArray());
        Assert.Equal([0, 1, 2], positions.Row.ToArray());
        Assert.Equal([0, 1, 2], positions.Column.ToArray());
        Assert.Equal(0, positions.Delta);
    }

    [Fact]
    public void An_image_of_2_by_3_tokens_stands_between_text()
    {
        // Text 0 1 2 (two words and the start), the image from 3 on, text again from 3 + max(1, 2, 3) = 6 on.
        var positions = Of("ttSIIIIIIEt", new ImageGrid(1, 4, 6));
        Assert.Equal([0, 1, 2, 3, 3, 3, 3, 3, 3, 6, 7], positions.Temporal.ToArray());
        Assert.Equal([0, 1, 2, 3, 3, 3, 4, 4, 4, 6, 7], positions.Row.ToArray());
        Assert.Equal([0, 1, 2, 3, 4, 5, 3, 4, 5, 6, 7], positions.Column.ToArray());
        Assert.Equal(-3, positions.Delta); // the next token is number 11 and stands at 8
    }

    [Fact]
    public void Two_images_follow_each_other_and_the_second_may_be_the_end()
    {
        // S 0, image of 2 x 1 at 1, E 3, S 4, image of 1 x 2 at 5; the next is 7.
        var positions = Of("SIIESII", new ImageGrid(1, 4, 2), new ImageGrid(1, 2, 4));
        Assert.Equal([0, 1, 1, 3, 4, 5, 5], positions.Temporal.ToArray());
        Assert.Equal([0, 1, 2, 3, 4, 5, 5], positions.Row.ToArray());
        Assert.Equal([0, 1, 1, 3, 4, 5, 6], positions.Column.ToArray());
        Assert.Equal(0, positions.Delta);
    }

    [Fact]
    public void Frames_count_in_time()
    {
        var positions = Of("SIIIIt", new ImageGrid(2, 2, 4));
        Assert.Equal([0, 1, 1, 2, 2, 3], positions.Temporal.ToArray());
        Assert.Equal([0, 1, 1, 1, 1, 3], positions.Row.ToArray());
        Assert.Equal([0, 1, 2, 1, 2, 3], positions.Column.ToArray());
        Assert.Equal(-2, positions.Delta);
    }

    [Theory]
    [InlineData("It", "token 0 is an image's, but no image starts there")]
    [InlineData("tIt", "token 1 is an image's, but no image starts there")]
    [InlineData("SISI", "an image starts at token 3, but 1 images came")]
    [InlineData("SIIt", "image 0 has 1 tokens, but 2 stand for it at token 1")]
    [InlineData("SII", "image 0 has 1 tokens, but 2 stand for it at token 1")]
    [InlineData("tt", "1 images came, but the prompt has places for 0")]
    public void A_prompt_that_does_not_fit_its_images_is_a_problem(string prompt, string expected)
    {
        var ids = Ids(prompt);
        var problem = MropePositions.Problem(ids, Image, Start, [new ImageGrid(1, 2, 2)], mergeSize: 2);
        Assert.StartsWith(expected, problem);
        Assert.Throws<InvariantBrokenException>(
            () => MropePositions.Of(ids, Image, Start, [new ImageGrid(1, 2, 2)], mergeSize: 2));
    }

    private static MropePositions Of(string prompt, params ImmutableArray<ImageGrid> grids) =>
        MropePositions.Of(Ids(prompt), Image, Start, grids, mergeSize: 2);

    private static int[] Ids(string prompt) => [.. prompt.Select(one => one switch { 'I' => Image, 'S' => Start, 'E' => 7, _ => 1 })];
}
