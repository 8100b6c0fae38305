using System.Text.Json.Nodes;
using CsCheck;
using Gaudi.Actors.Text;
using Xunit;

namespace Gaudi.Tests.Text;

public sealed class ChatTemplateTests
{
    private static readonly ChatTemplateInput Hello = new(
        new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "hi" }), null, true, "<bos>", null,
        new FixedClock(new DateTimeOffset(2031, 2, 3, 16, 5, 6, TimeSpan.Zero)));

    [Theory]
    [InlineData("a\nb {% nope %}", "line 2", "statement `nope` is not supported; supported: if, for, set")]
    [InlineData("\n\n{{ x | nope }}", "line 3", "filter `nope` is not supported; supported: abs,")]
    [InlineData("{{ x is nope }}", "line 1", "test `nope` is not supported")]
    [InlineData("x\n{% if true %}\ny", "line 3", "expected `elif` or `else` or `endif`, got the end")]
    [InlineData("{{ 1 +\n }}", "line 2", "expected an expression, got `}}`")]
    [InlineData("{# never closed", "line 1", "a closing `#}`")]
    [InlineData("{{ 'never closed }}", "line 1", "an expression, got the character `'`")]
    [InlineData("{% raw %}{{", "line 1", "endraw")]
    [InlineData("{{ (1] }}", "line 1", "brackets in pairs")]
    [InlineData("\n{% break %}", "line 2", "inside a loop")]
    [InlineData("{% for x in [1] %}{% macro m() %}{% continue %}{% endmacro %}{% endfor %}", "line 1", "inside a loop")]
    [InlineData("{{ 99999999999999999999 }}", "line 1", "64 bits")]
    public void Parse_names_the_line_and_what_was_expected(string source, string line, string expected)
    {
        var error = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source));
        Assert.StartsWith(line, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.False(error.IsRaisedByTemplate);
    }

    [Theory]
    [InlineData("\n{{ messages[0].nope.x }}", "line 2", "`nope` of a dictionary is undefined")]
    [InlineData("{{ 1 }}\n{{ 'a' + 1 }}", "line 2", "got text and a whole number")]
    [InlineData("{{ 9223372036854775807 + 1 }}", "line 1", "64 bits")]
    [InlineData("{{ messages.append(1) }}", "line 1", "immutable sandbox")]
    [InlineData("{% macro m() %}\n{{ x.y }}{% endmacro %}\n{{ m() }}", "line 2", "`x` is undefined")]
    public void Render_names_the_line_and_what_was_expected(string source, string line, string expected)
    {
        var error = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source).Render(Hello));
        Assert.StartsWith(line, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_of_the_template_carries_its_own_text_only()
    {
        var template = ChatTemplate.Parse("{{ raise_exception('roles must ' ~ 'alternate') }}");
        var error = Assert.Throws<ChatTemplateException>(() => template.Render(Hello));
        Assert.True(error.IsRaisedByTemplate);
        Assert.Equal("roles must alternate", error.Message);
    }

    [Theory]
    [InlineData("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "steps")]
    [InlineData(
        "{% set ns = namespace(x='0123456789') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "16777216")]
    [InlineData(
        "{% set ns = namespace(x='0123456789') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "16777216")]
    [InlineData(
        "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}", "16777216")]
    [InlineData("{{ 'a' * 999999999999 }}", "16777216")]
    [InlineData("{{ ('a' * 10000000).replace('a', 'bbbbbb') }}", "16777216")]
    [InlineData("{% for i in range(90000) %}{{ 'a' * 1000 }}{% endfor %}", "16777216")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "stack")]
    [InlineData(
        "{% set ns = namespace(x=[]) %}{% for i in range(90000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
        "stack")]
    [InlineData(
        "{% set ns = namespace(x=[]) %}{% for i in range(90000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x|tojson }}",
        "stack")]
    [InlineData("{{ range(1, 9223372036854775807) }}", "100000")]
    public void Render_ends_a_template_that_would_not_end(string source, string limit)
    {
        var error = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source).Render(Hello));
        Assert.Contains(limit, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_refuses_nesting_that_would_overflow_the_stack()
    {
        Assert.Throws<ChatTemplateException>(
            () => ChatTemplate.Parse("{{ " + new string('(', 100_000) + "1" + new string(')', 100_000) + " }}"));
        Assert.Throws<ChatTemplateException>(
            () => ChatTemplate.Parse("{{ " + string.Concat(Enumerable.Repeat("not ", 100_000)) + "1 }}").Render(Hello));
        Assert.Throws<ChatTemplateException>(
            () => ChatTemplate.Parse(string.Concat(Enumerable.Repeat("{% if 1 %}", 100_000))));
        var sum = ChatTemplate.Parse("{{ 1" + string.Concat(Enumerable.Repeat(" + 1", 100_000)) + " }}");
        Assert.Throws<ChatTemplateException>(() => sum.Render(Hello));
    }

    [Fact]
    public void Render_stops_at_the_step_limit_and_not_before()
    {
        var template = ChatTemplate.Parse("{% for i in range(10) %}{{ i }}{% endfor %}");
        Assert.Equal("0123456789", template.Render(Hello, stepCountMax: 200, outputLengthMax: 10));
        Assert.Throws<ChatTemplateException>(() => template.Render(Hello, stepCountMax: 20, outputLengthMax: 10));
        Assert.Throws<ChatTemplateException>(() => template.Render(Hello, stepCountMax: 200, outputLengthMax: 9));
    }

    [Fact]
    public void Render_takes_a_long_conversation_within_the_limits()
    {
        var messages = new JsonArray([.. Enumerable.Range(0, 2000).Select(turn => (JsonNode)new JsonObject
        {
            ["role"] = turn % 2 == 0 ? "user" : "assistant",
            ["content"] = string.Concat(Enumerable.Repeat("a line of text\n", 100)),
            ["data"] = new JsonArray([.. Enumerable.Range(0, 5).Select(number => (JsonNode)number)]),
        })]);
        var template = ChatTemplate.Parse(
            GoldenFiles.Read(
                "Templates/chatml-thinking.jinja") + "{{ messages | tojson | replace('a', 'b') | length }}");
        Assert.True(template.Render(Hello with { Messages = messages }).Length > 3_000_000);
    }

    [Fact]
    public void Render_takes_its_time_from_the_clock_it_is_given()
    {
        var template = ChatTemplate.Parse("{{ strftime_now('%d %b %Y') }}");
        Assert.Equal("03 Feb 2031", template.Render(Hello));
    }

    [Fact]
    public void Render_leaves_a_missing_token_undefined_and_lets_extra_variables_win()
    {
        var template = ChatTemplate.Parse("{{ bos_token }}{{ eos_token is defined }}{{ tools is none }}{{ thinking }}");
        Assert.Equal("<bos>FalseTrue", template.Render(Hello));
        var extra = Hello with { ExtraVariables = new JsonObject { ["thinking"] = true, ["bos_token"] = "<x>" } };
        Assert.Equal("<x>FalseTrueTrue", template.Render(extra));
    }

    [Fact]
    public void Render_gives_the_same_text_from_many_threads_and_changes_nothing()
    {
        var template = ChatTemplate.Parse(GoldenFiles.Read("Templates/chatml-thinking.jinja"));
        var expected = template.Render(Hello);
        Parallel.For(0, 64, _ => Assert.Equal(expected, template.Render(Hello)));
        Assert.Equal("""[{"role":"user","content":"hi"}]""", Hello.Messages.ToJsonString());
    }

    [Theory]
    [InlineData("""{"chat_template": "A"}""", null, "A")]
    [InlineData(
        """{"chat_template": [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}]}""", null,
        "D")]
    [InlineData("""{"chat_template": [{"name": "only", "template": "O"}]}""", null, "O")]
    [InlineData("""{"chat_template": "A"}""", "J", "J")]
    [InlineData("""{"other": 1}""", null, null)]
    [InlineData("""{"chat_template": null}""", null, null)]
    [InlineData(null, null, null)]
    public void Load_finds_the_template_of_a_folder(string? config, string? jinja, string? expected)
    {
        var folder = Directory.CreateTempSubdirectory("gaudi-template-");
        try
        {
            Write("tokenizer_config.json", config);
            Write("chat_template.jinja", jinja);
            Assert.Equal(expected, ChatTemplate.Load(folder.FullName)?.Render(Hello));
            Write("tokenizer_config.json", """{"chat_template": [{"name": 1}]}""");
            if (jinja is null)
            {
                Assert.Contains("{name, template}", Assert.Throws<ChatTemplateException>(
                    () => ChatTemplate.Load(folder.FullName)).Message, StringComparison.Ordinal);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        void Write(string name, string? text)
        {
            if (text is not null)
            {
                File.WriteAllText(Path.Combine(folder.FullName, name), text);
            }
        }
    }

    [Fact]
    public void A_damaged_template_throws_nothing_but_its_own_error()
    {
        var sources = new[] { "turns-parts" }.Concat(
            ["chatml-thinking", "header-tools", "macros-schema", "whitespace", "inst-brackets"])
            .Select(name => GoldenFiles.Read($"Templates/{name}.jinja")).Append(GoldenFiles.Read("snippets.txt"))
                .ToArray();
        string[] bits = ["{%", "%}", "{{", "}}", "(", ")", "[", "]", "'", "|", ".", "-", "not ", " if ", "1", "x",
            "**", "{%- endif %}", ":"];
        var conversation = JsonNode.Parse(GoldenFiles.Read("conversations.json"))!["called"]!.AsObject();
        var input = Hello with { Messages = conversation["messages"]!.AsArray(),
            Tools = conversation["tools"]!.AsArray() };
        Gen.Select(Gen.Int[0, sources.Length - 1], Gen.Int[0, 100_000], Gen.Int[0, 12], Gen.Int[0, bits.Length - 1])
            .Sample(
            (source, place, removed, bit) =>
            {
                var text = sources[source];
                var start = place % text.Length;
                var damaged = text[..start] + bits[bit] + text[Math.Min(text.Length, start + removed)..];
                try
                {
                    ChatTemplate.Parse(damaged).Render(input, stepCountMax: 100_000, outputLengthMax: 100_000);
                }
                catch (ChatTemplateException)
                {
                }
            }, iter: 1500);
    }
}
