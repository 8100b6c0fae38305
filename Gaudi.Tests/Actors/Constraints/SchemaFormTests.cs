using Gaudi.Actors.Constraints;
using Xunit;

namespace Gaudi.Tests.Actors.Constraints;

/// <summary>Keywords one by one: what documents they let through, and what is refused by name.</summary>
public sealed class SchemaFormTests
{
    [Theory]
    [InlineData("{}", """{"a":[1,{"b":null}],"c":"d\n"}""", true)]
    [InlineData("true", "-12.5e3", true)]
    [InlineData("""{"type":"integer"}""", "-120", true)]
    [InlineData("""{"type":"integer"}""", "1.0", false)]
    [InlineData("""{"type":"integer"}""", "012", false)]
    [InlineData("""{"type":"integer"}""", "12345678901234567", false)]
    [InlineData("""{"type":"number"}""", "0.5E-3", true)]
    [InlineData("""{"type":"boolean"}""", "true", true)]
    [InlineData("""{"type":["string","null"]}""", "null", true)]
    [InlineData("""{"type":["string","null"]}""", "1", false)]
    [InlineData("""{"type":"string"}""", "\"\\\"é😀\\u0001\"", true)]
    [InlineData("""{"type":"string"}""", "\"\u0001\"", false)]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"é😀\"", true)]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"\\n\"", false)]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"abcd\"", false)]
    [InlineData("""{"type":"string","pattern":"b+"}""", "\"abbc\"", true)]
    [InlineData("""{"type":"string","pattern":"^b+"}""", "\"abbc\"", false)]
    [InlineData("""{"type":"string","pattern":"^b+"}""", "\"bbc\"", true)]
    [InlineData("""{"type":"string","pattern":"b$|^c"}""", "\"cab\"", true)]
    [InlineData("""{"type":"string","pattern":"^[\"\\\\]$"}""", "\"\\\"\"", true)]
    [InlineData("""{"type":"string","pattern":"^[\"\\\\]$"}""", "\"\"\"", false)]
    [InlineData("""{"type":"string","format":"date"}""", "\"2026-11-26\"", true)]
    [InlineData("""{"type":"string","format":"date"}""", "\"2026-13-26\"", false)]
    [InlineData("""{"type":"string","format":"made-up"}""", "\"x\"", true)]
    [InlineData("""{"enum":["a",1,{"b":[true]}]}""", """{"b": [true]}""", true)]
    [InlineData("""{"enum":["a",1],"type":"string"}""", "1", false)]
    [InlineData("""{"const":"a\"b"}""", "\"a\\\"b\"", true)]
    [InlineData("""{"type":"array"}""", "[]", true)]
    [InlineData("""{"type":"array"}""", "[1, \"a\", [\n  2\n]]", true)]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2}""", "[1,2]", true)]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2}""", "[]", false)]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2}""", "[1,2,3]", false)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"},{"type":"string"}],"items":false}""", "[1,\"a\"]", true)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"},{"type":"string"}],"items":false}""", "[1]", true)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"},{"type":"string"}],"items":false}""", "[1,\"a\",2]", false)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"}],"items":{"type":"null"},"minItems":3}""", "[1,null,null]", true)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"}],"items":{"type":"null"},"minItems":3}""", "[1,null]", false)]
    [InlineData("""{"type":"object"}""", """{"x":1,"y":{}}""", true)]
    [InlineData("""{"type":"object","additionalProperties":false}""", "{}", true)]
    [InlineData("""{"type":"object","additionalProperties":false}""", """{"x":1}""", false)]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"}}""", """{"x":1,"y":2}""", true)]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"}}""", """{"x":"1"}""", false)]
    [InlineData("""{"properties":{"a":{"type":"integer"},"b":{}},"required":["b"]}""", """{"a":1,"b":2}""", true)]
    [InlineData("""{"properties":{"a":{"type":"integer"},"b":{}},"required":["b"]}""", """{"b":2}""", true)]
    [InlineData("""{"properties":{"a":{"type":"integer"},"b":{}},"required":["b"]}""", """{"a":1}""", false)]
    [InlineData("""{"properties":{"a":{"type":"integer"},"b":{}},"required":["b"]}""", """{"b":2,"c":3}""", false)]
    [InlineData("""{"properties":{"a":{"type":"integer"},"b":{}}}""", """{}""", true)]
    [InlineData("""{"properties":{"ab":{"type":"integer"}},"additionalProperties":true}""", """{"ab":1,"abc":"x","a":null}""", true)]
    [InlineData("""{"properties":{"ab":{"type":"integer"}},"additionalProperties":true}""", """{"ab":1,"ab":"x"}""", false)]
    [InlineData("""{"properties":{"ab":{"type":"integer"}},"additionalProperties":true}""", """{"a":1}""", true)]
    [InlineData("""{"type":"object","required":["z"]}""", """{"z":[]}""", true)]
    [InlineData("""{"type":"object","required":["z"]}""", """{}""", false)]
    [InlineData("""{"anyOf":[{"type":"integer"},{"type":"null"}],"default":null,"title":"x"}""", "null", true)]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"string"}]}""", "\"a\"", true)]
    [InlineData("""{"allOf":[{"type":"integer"}]}""", "1", true)]
    [InlineData("""{"$ref":"#/$defs/a~1b","$defs":{"a/b":{"type":"null"}}}""", "null", true)]
    public void Document_is_let_through_or_not(string schema, string document, bool isAllowed) =>
        Assert.Equal(isAllowed, Forms.Accepts(Forms.Schema(schema), document));

    [Theory]
    [InlineData("""{"type":"integer","minimum":1}""", "`minimum` at #")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"number","multipleOf":2}}}""", "`multipleOf` at #/properties/a")]
    [InlineData("""{"type":"object","patternProperties":{}}""", "`patternProperties`")]
    [InlineData("""{"type":"array","uniqueItems":true}""", "`uniqueItems`")]
    [InlineData("""{"not":{}}""", "`not`")]
    [InlineData("""{"if":{}}""", "`if`")]
    [InlineData("""{"type":"text"}""", "unknown type")]
    [InlineData("""{"type":3}""", "`type`")]
    [InlineData("""{"type":"string","minLength":-1}""", "`minLength`")]
    [InlineData("""{"type":"string","pattern":"a","maxLength":3}""", "`pattern`")]
    [InlineData("""{"type":"string","pattern":"(?=a)"}""", "looks ahead")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"number"}]}""", "`oneOf`")]
    [InlineData("""{"allOf":[{},{}]}""", "`allOf`")]
    [InlineData("""{"anyOf":[{}],"minLength":2}""", "`minLength`")]
    [InlineData("""{"$ref":"#/$defs/none"}""", "where nothing is")]
    [InlineData("""{"$ref":"http://x/y"}""", "only places of this schema")]
    [InlineData("""{"$ref":"#"}""", "begins with itself")]
    [InlineData("""{"anyOf":[{"$ref":"#"},{"type":"null"}]}""", "begins with itself")]
    [InlineData("""{"enum":[]}""", "no text at all")]
    [InlineData("""{"type":"string","minLength":3,"maxLength":2}""", "no text at all")]
    [InlineData("""{"properties":{"a":false},"required":["a"]}""", "no text at all")]
    [InlineData("""{"type":"object","properties":{"child":{"$ref":"#"}},"required":["child"]}""", "no text at all")]
    [InlineData("""{"items":[{}]}""", "prefixItems")]
    [InlineData("[1]", "neither an object nor a boolean")]
    [InlineData("{", "no JSON")]
    [InlineData("""{"const":"\ud800"}""", "surrogate")]
    [InlineData("""{"type":"string","minLength":100000,"maxLength":100000,"pattern":"a"}""", "`pattern`")]
    [InlineData("""{"type":"array","items":{"type":"array","items":{"enum":["abcdefghij"]},"maxItems":900},"maxItems":900}""", null)]
    [InlineData("""{"type":"array","items":{"type":"null"},"maxItems":100000}""", "too large")]
    public void What_cannot_be_kept_is_refused_with_its_place(string schema, string? words)
    {
        if (words is null)
            Assert.Null(Forms.Refusal(Forms.Schema(schema)));
        else
            Assert.Contains(words, Forms.Refusal(Forms.Schema(schema)), StringComparison.Ordinal);
    }

    [Fact]
    public void Trees_of_a_schema_that_holds_itself_nest_as_deep_as_they_like()
    {
        var tree = Forms.Schema("""
            {"type":"object","properties":{"value":{"type":"integer"},"children":{"type":"array","items":{"$ref":"#"}}},"required":["value"]}
            """);
        var document = """{"value":1}""";
        for (var i = 0; i < 60; i++)
            document = $$"""{"value":{{i}},"children":[{{document}},{"value":0}]}""";
        Assert.True(Forms.Accepts(tree, document));
        Assert.False(Forms.Accepts(tree, document[..^1]));
        Assert.False(Forms.Accepts(tree, document.Replace("\"value\":7,", "", StringComparison.Ordinal)));
    }

    [Fact]
    public void Discriminated_entries_of_oneOf_exclude_each_other() => Assert.Null(Forms.Refusal(Forms.Schema("""
        {"oneOf":[{"$ref":"#/$defs/cat"},{"$ref":"#/$defs/dog"}],"discriminator":{"propertyName":"kind"},"$defs":{
          "cat":{"type":"object","properties":{"kind":{"const":"cat"},"lives":{"type":"integer"}},"required":["kind"]},
          "dog":{"type":"object","properties":{"kind":{"enum":["dog","hound"]}},"required":["kind"]}}}
        """)));

    [Theory]
    [InlineData("""["yes","no"]""", "no", true)]
    [InlineData("""["yes","no"]""", "yesno", false)]
    [InlineData("""["é\n","é"]""", "é\n", true)]
    public void Choice_is_one_of_its_texts(string choices, string text, bool isAllowed) =>
        Assert.Equal(isAllowed, Forms.Accepts(Forms.Choice(choices), text));

    [Theory]
    [InlineData("[]")]
    [InlineData("""["a",""]""")]
    [InlineData("""["a",1]""")]
    [InlineData("\"a\"")]
    [InlineData("x")]
    public void Choice_of_nothing_is_refused(string choices) => Assert.Contains("choice", Forms.Refusal(Forms.Choice(choices)), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"a":{"b":[1,2,{"c":null}]}}""", true)]
    [InlineData("{}", true)]
    [InlineData("[]", false)]
    [InlineData("""{"a":1,}""", false)]
    [InlineData("""{"a" :1}""", false)]
    public void Any_object_is_an_object(string document, bool isAllowed) =>
        Assert.Equal(isAllowed, Forms.Accepts(Forms.AnyObject, document));
}
