using System.Collections.Immutable;
using System.Text;
using Gaudi.Cluster.Http.Tools;
using Xunit;

namespace Gaudi.Tests.Cluster.Http.Tools;

/// <summary>Calls are found, everything else is content, and how the text is cut into pieces changes neither.</summary>
public sealed class ToolCallParserTests
{
    private const int CutCount = 400;

    // Written as: content as it is, each call as {name|arguments}.
    [Theory]
    [InlineData("hello", "hello")]
    [InlineData("", "")]
    [InlineData(" \n", " \n")]
    [InlineData("<tool_call>\n{\"name\":\"f\",\"arguments\":{\"a\":1}}\n</tool_call>", "{f|{\"a\":1}}")]
    [InlineData("\n<tool_call>{\"arguments\": {\"a\": [1, \"}\"]}, \"name\": \"f\"}</tool_call>\n", "{f|{\"a\": [1, \"}\"]}}")]
    [InlineData("Let me see.\n<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>", "Let me see.\n{f|{}}")]
    [InlineData(
        "<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>\n<tool_call>{\"name\":\"g\",\"parameters\":{}}</tool_call>",
        "{f|{}}{g|{}}")]
    [InlineData("<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call> and \n", "{f|{}} and \n")]
    [InlineData("<tool_call>{\"name\":\"f\",\"arguments\":{\"a\":\"</tool_call>\"}}</tool_call>", "{f|{\"a\":\"</tool_call>\"}}")]
    [InlineData("<tool_call>{\"name\":\"f\",\"arguments\":{\"a\":\"\\\\\\\"}\"}}</tool_call>", "{f|{\"a\":\"\\\\\\\"}\"}}")]
    [InlineData("<tool_call>{\"name\":\"f\",\"arguments\":{}}", "{f|{}}")]
    [InlineData("<tool_call>{\"name\":\"f\",\"arguments\":{}}\n</tool", "{f|{}}")]
    [InlineData("<tool_call>{\"name\":\"f\",\"arguments\":{}", "<tool_call>{\"name\":\"f\",\"arguments\":{}")]
    [InlineData("<tool_call> ", "<tool_call> ")]
    [InlineData("a<tool_c", "a<tool_c")]
    [InlineData("a < b <tool <tool_call", "a < b <tool <tool_call")]
    [InlineData("<tool_call>no</tool_call>", "<tool_call>no</tool_call>")]
    [InlineData("<tool_call>{\"name\":\"f\"}</tool_call>", "<tool_call>{\"name\":\"f\"}</tool_call>")]
    [InlineData("<tool_call>{\"name\":5,\"arguments\":{}}</tool_call>", "<tool_call>{\"name\":5,\"arguments\":{}}</tool_call>")]
    [InlineData("<tool_call>{\"name\":\"f\",\"arguments\":\"x\"}</tool_call>", "<tool_call>{\"name\":\"f\",\"arguments\":\"x\"}</tool_call>")]
    [InlineData(
        "<tool_call>{\"name\":\"f\",\"arguments\":{\"a\":1,\"a\":2}}</tool_call>",
        "<tool_call>{\"name\":\"f\",\"arguments\":{\"a\":1,\"a\":2}}</tool_call>")]
    [InlineData("<tool_call>{\"name\":\"\\ud800\",\"arguments\":{}}</tool_call>", "<tool_call>{\"name\":\"\\ud800\",\"arguments\":{}}</tool_call>")]
    [InlineData(
        "<tool_call>{\"name\":\"f\"</tool_call><tool_call>{\"name\":\"g\",\"arguments\":{}}</tool_call>",
        "<tool_call>{\"name\":\"f\"</tool_call>{g|{}}")]
    [InlineData(
        "<tool_call>{\"name\":\"f}\n<tool_call>{\"name\":\"g\",\"arguments\":{}}</tool_call>", "<tool_call>{\"name\":\"f}\n{g|{}}")]
    [InlineData(
        "<tool_call>{\"name\":\"f\",\"arguments\":{}}<tool_call>{\"name\":\"g\",\"arguments\":{}}</tool_call>",
        "<tool_call>{\"name\":\"f\",\"arguments\":{}}{g|{}}")]
    [InlineData("<tool_call><tool_call>{\"name\":\"g\",\"arguments\":{}}</tool_call>", "<tool_call>{g|{}}")]
    public void Hermes_calls_stand_between_tags(string text, string expected) => CheckCuts("hermes", text, expected);

    [Theory]
    [InlineData("hello {", "hello {")]
    [InlineData("", "")]
    [InlineData("{\"name\": \"f\", \"parameters\": {\"a\": 1}}", "{f|{\"a\": 1}}")]
    [InlineData("{\"name\":\"f\",\"arguments\":{}}", "{f|{}}")]
    [InlineData(" <|python_tag|> {\"name\":\"f\",\"parameters\":{}} ", "{f|{}}")]
    [InlineData("{\"name\":\"f\",\"parameters\":{}}; {\"name\":\"g\",\"parameters\":{}}", "{f|{}}{g|{}}")]
    [InlineData("{\"name\":\"f\",\"parameters\":{}} ;\n{\"name\":", "{f|{}} ;\n{\"name\":")]
    [InlineData("{\"name\":\"f\",\"parameters\":{}} ;", "{f|{}} ;")]
    [InlineData("{\"name\":\"f\",\"parameters\":{}} is how", "{f|{}} is how")]
    [InlineData("{\"name\":\"f\",\"parameters\":{}};; {\"name\":\"g\",\"parameters\":{}}", "{f|{}};; {\"name\":\"g\",\"parameters\":{}}")]
    [InlineData("{\"name\":\"f\",\"parameters\":[]} x", "{\"name\":\"f\",\"parameters\":[]} x")]
    [InlineData("{\"a\": 1}", "{\"a\": 1}")]
    [InlineData("{\"a\": <", "{\"a\": <")]
    [InlineData("<|python_tag|>print(1)", "<|python_tag|>print(1)")]
    [InlineData("<|python", "<|python")]
    [InlineData("<|pythom {\"name\":\"f\",\"parameters\":{}}", "<|pythom {\"name\":\"f\",\"parameters\":{}}")]
    public void Llama_calls_are_the_answer(string text, string expected) => CheckCuts("llama3_json", text, expected);

    [Theory]
    [InlineData("[{\"name\":\"f\",\"parameters\":{}}]", "{f|{}}")]
    [InlineData(" [ {\"name\":\"f\",\"parameters\":{}} , {\"name\":\"g\",\"parameters\":{\"a\":null}} ] ", "{f|{}}{g|{\"a\":null}}")]
    [InlineData("[{\"name\":\"f\",\"parameters\":{}}, {\"name\":\"g\"", "{f|{}}, {\"name\":\"g\"")]
    [InlineData("{\"name\":\"f\",\"parameters\":{}}", "{\"name\":\"f\",\"parameters\":{}}")]
    [InlineData("[]", "[]")]
    [InlineData("[{\"name\":\"f\",\"parameters\":{}", "{f|{}}")]
    [InlineData("[{\"name\":\"f\",\"parameters\":{\"a\":[{\"b\":\"}\"", "{f|{\"a\":[{\"b\":\"}\"}")]
    [InlineData("[ {\n\"name\" : \"f\\u0031\" , \"parameters\" : { } } ]", "{f1|{ }}")]
    [InlineData("[{\"name\":\"a{b\",\"parameters\":{}}]", "{a{b|{}}")]
    [InlineData("[{\"name\":\"\",\"parameters\":{}}]", "[{\"name\":\"\",\"parameters\":{}}]")]
    [InlineData("[{\"name\":\"\\ud800\",\"parameters\":{}}]", "[{\"name\":\"\\ud800\",\"parameters\":{}}]")]
    [InlineData("[{\"parameters\":{},\"name\":\"f\"}]", "[{\"parameters\":{},\"name\":\"f\"}]")]
    [InlineData("[{\"name\":\"f\",\"parameters\":{} x", "{f|{}} x")]
    [InlineData("[{\"name\":\"f\",\"parameters\":{<", "{f|{}<")]
    [InlineData("[{\"name\":\"f\",\"parameters\":{}}] x", "{f|{}} x")]
    public void Required_calls_are_an_array(string text, string expected) => CheckCuts("", text, expected);

    [Fact]
    public void Calls_after_the_first_are_left_out_where_they_are_not_parallel()
    {
        Assert.Equal("{f|{}}", Shown(
            new TaggedCallParser(areParallel: false),
            ["<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>\n<tool_call>{\"name\":\"g\",\"arguments\":{}}</tool_call>"]));
        Assert.Equal("{f|{}}", Shown(
            new CallListParser(areParallel: false),
            ["{\"name\":\"f\",\"parameters\":{}};{\"name\":\"g\",\"parameters\":{}}"]));
    }

    [Fact]
    public void Required_arguments_are_given_out_as_they_come()
    {
        var parser = new CallArrayParser(areParallel: true);
        Assert.Empty(parser.Push("[{\"name\":\"f\",\"parameters\":"));
        Assert.Equal([new AnswerPart.CallBegun("f"), new AnswerPart.ArgumentsGrew("{\"a\"")], parser.Push("{\"a\"").ToArray());
        Assert.Equal([new AnswerPart.ArgumentsGrew(":1}")], parser.Push(":1}},{\"na").ToArray());
        Assert.Equal(
            [new AnswerPart.CallBegun("g"), new AnswerPart.ArgumentsGrew("{}")], parser.Push("me\":\"g\",\"parameters\":{}}]").ToArray());
        Assert.Empty(parser.End());
    }

    [Fact]
    public void Text_that_begins_no_call_is_given_out_at_once()
    {
        var hermes = new TaggedCallParser(areParallel: true);
        Assert.Equal("a", Shown(hermes.Push("a")));
        Assert.Equal("", Shown(hermes.Push("<")));
        Assert.Equal("<b ", Shown(hermes.Push("b ")));
        var llama = new CallListParser(areParallel: true);
        Assert.Equal("I", Shown(llama.Push("I")));
        Assert.Equal(" {", Shown(llama.Push(" {")));
    }

    [Theory]
    [InlineData("hermes")]
    [InlineData("llama3_json")]
    [InlineData("")]
    public void Any_text_gives_the_same_however_it_is_cut(string format)
    {
        string[] pieces =
        [
            "<tool_call>", "</tool_call>", "{", "}", "\"", "\\", "{\"name\":\"f\",\"arguments\":{\"a\":1}}", "{\"name\":\"é😀\",\"parameters\":{}}",
            " ", "\n", ";", "x", "<", "<|python_tag|>", "[", "]", ",", "<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool_call>",
            "</", "<tool_", "\"name\":",
        ];
        const int seed = 17;
        var random = new Random(seed);
        var callCount = 0;
        for (var round = 0; round < CutCount * 5; round++)
        {
            var text = (format == "" && random.Next(2) == 0 ? "[" : "") + string.Concat(random.GetItems(pieces, random.Next(1, 9)));
            var whole = Shown(Parser(format), [text]);
            var cut = Shown(Parser(format), Cut(text, random));
            Assert.True(whole == cut, $"seed {seed}, round {round}: `{text}` gave `{whole}` whole and `{cut}` in pieces");
            callCount += whole.Contains("{f|", StringComparison.Ordinal) ? 1 : 0;
        }
        Assert.InRange(callCount, 20, (CutCount * 5) - 20);
    }

    private static void CheckCuts(string format, string text, string expected)
    {
        Assert.Equal(expected, Shown(Parser(format), [text]));
        Assert.Equal(expected, Shown(Parser(format), [.. text.Select(character => character.ToString())]));
        const int seed = 5;
        var random = new Random(seed);
        for (var round = 0; round < CutCount / 10; round++)
            Assert.Equal(expected, Shown(Parser(format), Cut(text, random)));
    }

    private static IToolCallParser Parser(string format) => format == ""
        ? new CallArrayParser(areParallel: true)
        : ToolCallFormats.Create(format, areParallel: true);

    private static string[] Cut(string text, Random random)
    {
        var pieces = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var length = random.Next(1, Math.Min(8, text.Length - start) + 1);
            pieces.Add(text.Substring(start, length));
            start += length;
        }
        return [.. pieces];
    }

    private static string Shown(IToolCallParser parser, string[] pieces) =>
        Shown([.. pieces.SelectMany(piece => parser.Push(piece)), .. parser.End()]);

    private static string Shown(ImmutableArray<AnswerPart> parts)
    {
        var text = new StringBuilder();
        var isInCall = false;
        foreach (var part in parts)
        {
            if (isInCall && part is not AnswerPart.ArgumentsGrew)
                text.Append('}');
            isInCall = part is not AnswerPart.Content;
            text.Append(part switch
            {
                AnswerPart.Content content => content.Text,
                AnswerPart.CallBegun begun => $"{{{begun.Name}|",
                AnswerPart.ArgumentsGrew grew => grew.Json,
                _ => "?",
            });
        }
        return text.Append(isInCall ? "}" : "").ToString();
    }
}
