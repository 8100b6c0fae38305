using Gaudi.Cluster.Node;
using Gaudi.Tests.Actors;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

/// <summary>What nodes of one cluster must have in common.</summary>
public sealed class ServedLinesTests
{
    private static string? Difference(string theirs) => ServedLines.Difference(
        ServedLines.Of("m", "digest", Given.Reference),
        ServedLines.Of("m", "digest", Akka.Configuration.ConfigurationFactory.ParseString(theirs).WithFallback(Given.Reference)));

    [Fact]
    public void The_same_settings_agree() => Assert.Null(Difference(""));

    [Theory]
    [InlineData("gaudi.group.tensor-parallel-size = 4", "it has gaudi.group.tensor-parallel-size = 4 and this node 1")]
    [InlineData("gaudi.model.dtype = bfloat16", "it has gaudi.model.dtype = bfloat16 and this node auto")]
    [InlineData("gaudi.scheduler.max-num-seqs = 3", "it has gaudi.scheduler.max-num-seqs = 3 and this node 32")]
    public void What_decides_an_answer_is_told_with_both_values(string theirs, string sentence) =>
        Assert.Equal(sentence, Difference(theirs));

    [Theory]
    [InlineData("gaudi.speculative.model = /elsewhere/draft")]
    [InlineData("gaudi.http.drain-timeout-ms = 1")]
    [InlineData("gaudi.group.prepare-timeout-ms = 1")]
    public void What_is_each_node_s_own_may_differ(string theirs) => Assert.Null(Difference(theirs));

    [Fact]
    public void Another_model_and_other_files_are_told() => Assert.Equal(
        "it has model = b and this node a; it has model digest = 2 and this node 1",
        ServedLines.Difference(ServedLines.Of("a", "1", Given.Reference), ServedLines.Of("b", "2", Given.Reference)));

    [Fact]
    public void A_key_that_only_one_knows_is_told()
    {
        Assert.Equal("it has new = 1 and this node knows no such key", ServedLines.Difference(["a = 1"], ["a = 1", "new = 1"]));
        Assert.Equal("this node has new = 1 and it knows no such key", ServedLines.Difference(["a = 1", "new = 1"], ["a = 1"]));
    }

    [Fact]
    public void Of_many_differences_the_first_are_told()
    {
        string[] keys = ["a", "b", "c", "d", "e"];
        var difference = ServedLines.Difference([.. keys.Select(key => $"{key} = 1")], [.. keys.Select(key => $"{key} = 2")]);
        Assert.EndsWith("it has c = 2 and this node 1; and 2 more", difference);
    }
}
