using Xunit;

namespace Gaudi.Tests.Text.PostProcessors;

public sealed class PostProcessorTests
{
    private const string Template = """
        {"type": "TemplateProcessing", "pair": [],
         "single": [{"SpecialToken": {"id": "[A]"}}, {"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "[B]"}}],
         "special_tokens": {"[A]": {"id": "[A]", "ids": [7, 8]}, "[B]": {"id": "[B]", "ids": [9]}}}
        """;

    [Theory]
    [InlineData("null", "1")]
    [InlineData(Template, "7 8 1 9")]
    [InlineData("""{"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}""", "2 1 3")]
    [InlineData("""{"type": "RobertaProcessing", "sep": ["</s>", 5], "cls": ["<s>", 4]}""", "4 1 5")]
    [InlineData("""{"type": "ByteLevel"}""", "1")]
    [InlineData(
        """
        {"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"BertProcessing","sep":["s",3],"cls":["c",2]}]}
        """,
        "2 1 3")]
    public void Encode_adds_special_tokens_only_when_asked(string postProcessor, string expected)
    {
        var tokenizer = TokenizerJson.OfWords(["x"], $", \"post_processor\": {postProcessor}");
        Assert.Equal(expected, string.Join(' ', tokenizer.Encode("x", addSpecialTokens: true)));
        Assert.Equal([1], tokenizer.Encode("x", addSpecialTokens: false).ToArray());
    }
}
