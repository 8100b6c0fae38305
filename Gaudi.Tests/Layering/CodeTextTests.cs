using Xunit;

namespace Gaudi.Tests.Layering;

public sealed class CodeTextTests
{
    [Theory]
    [InlineData("a // b", "a     ")]
    [InlineData("a /* b\nc */ d", "a     \n     d")]
    [InlineData("a(\"b\\\"c\") d", "a(      ) d")]
    [InlineData("a(@\"b\"\"c\\\") d", "a(@       ) d")]
    [InlineData("a('\"') b", "a(   ) b")]
    [InlineData("\"\"\"\n\"b\"\n\"\"\" c", "   \n   \n    c")]
    [InlineData("/// <c>Akka</c>\nx", "               \nx")]
    public void What_is_text_is_blanked_and_what_is_code_stays(string text, string code) =>
        Assert.Equal(code, CodeText.WithoutCommentsAndStrings(text));
}
