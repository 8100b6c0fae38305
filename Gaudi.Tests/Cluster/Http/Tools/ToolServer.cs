using Gaudi.Actors.Text;
using Gaudi.Cluster.Http;

namespace Gaudi.Tests.Cluster.Http.Tools;

/// <summary>A server that looks for calls, with a template that shows all it is given.</summary>
internal static class ToolServer
{
    /// <summary>Two functions, `f` with a schema and `g` without.</summary>
    public const string Tools = """
        "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"a":{"type":"integer"}}}}},
        {"type":"function","function":{"name":"g"}}]
        """;

    public static Task<ServerUnderTest> StartAsync(string? format = "hermes", Func<ServedModel, ServedModel>? model = null) =>
        ServerUnderTest.StartAsync(
            settings => settings with { ToolCallFormat = format, ChoosesTools = format is not null },
            served => (model ?? (same => same))(served with
            {
                ContextTokensMax = 4000,
                Template = ChatTemplate.Parse(
                    "{% if tools %}TOOLS {{ tools | tojson }}\n{% endif %}{% for message in messages %}{{ message | tojson }}\n{% endfor %}"),
            }));

    /// <summary>The prompt of the only request as text.</summary>
    public static string Prompt(ServerUnderTest server) =>
        TinyText.Tokenizer.Decode(server.Engine.Single.PromptTokenIds.AsSpan(), skipSpecialTokens: false);
}
