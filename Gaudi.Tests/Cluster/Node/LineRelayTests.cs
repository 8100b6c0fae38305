using Gaudi.Cluster.Node;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

public sealed class LineRelayTests
{
    private readonly LineLog _log = new();

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("one\n", new[] { "> one" })]
    [InlineData("one\r\n\ntwo", new[] { "> one", "> ", "> two" })]
    public async Task Every_line_comes_through_with_the_prefix(string written, string[] expected)
    {
        await new LineRelay("> ", _log, 4).CopyAsync(new StringReader(written));
        Assert.Equal(expected, _log.Lines);
    }

    [Fact]
    public async Task A_line_without_end_comes_in_parts()
    {
        var written = new string('a', LineRelay.LineCharsMax + 1);
        await new LineRelay("", _log, 4).CopyAsync(new StringReader(written));
        Assert.Equal([LineRelay.LineCharsMax, 1], _log.Lines.Select(line => line.Length));
    }

    [Fact]
    public async Task The_last_lines_are_kept_and_no_more()
    {
        var relay = new LineRelay("> ", _log, 2);
        await relay.CopyAsync(new StringReader("one\ntwo\nthree\n"));
        Assert.Equal("two\nthree", relay.Last);
    }

    [Fact]
    public async Task Last_words_are_kept_alone_and_not_passed_on()
    {
        var relay = new LineRelay("> ", _log, 2);
        await relay.CopyAsync(new StringReader("one\ngaudi worker leaves: no card\nthree\n"));
        Assert.Equal("no card", relay.Last);
        Assert.Equal(["> one", "> three"], _log.Lines);
    }
}
