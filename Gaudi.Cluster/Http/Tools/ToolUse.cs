using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Gaudi.Cluster.Http.Tools;

/// <summary>What a conversation asks about tools, checked.</summary>
/// <param name="Tools">Empty for none.</param>
/// <param name="Choice">Whether the answer calls them.</param>
/// <param name="AreParallel">Off: an answer has one call at most.</param>
/// <param name="Format">How the model writes calls when it decides; null where it does not.</param>
internal sealed record ToolUse(ImmutableArray<Tool> Tools, ToolChoice Choice, bool AreParallel, string? Format)
{
    /// <summary>Reads and checks `tools`, `tool_choice` and `parallel_tool_calls`.</summary>
    /// <exception cref="ApiException">Names the field at fault.</exception>
    public static ToolUse Read(RequestFields fields, HttpServerSettings settings)
    {
        var tools = Tool.ReadAll(fields);
        var choice = ToolChoice.Read(fields, tools);
        var areParallel = fields.Flag("parallel_tool_calls", absent: true);
        if (choice is not ToolChoice.Auto)
            return new ToolUse(tools, choice, areParallel, null);
        return settings is { ChoosesTools: true, ToolCallFormat: { } format }
            ? new ToolUse(tools, choice, areParallel, format)
            : throw ApiException.Invalid(
                "`tool_choice` auto, which `tools` alone mean too, needs a server that was started with --enable-auto-tool-choice "
                + "and --tool-call-parser; set `tool_choice` to none, required or a function.", "tool_choice");
    }

    /// <summary>The template's `tools`; null for none. A model that may call none is not told of any.</summary>
    public JsonArray? ForTemplate => Tools.IsEmpty || Choice is ToolChoice.None
        ? null
        : new JsonArray([.. Tools.Select(tool => JsonObject.Create(tool.Written))]);

    /// <summary>
    /// Tags of calls are special tokens of some models: they must be text to be found. As vLLM's parser of that name.
    /// </summary>
    public bool NeedsSpecialTokens => Format == ToolCallFormats.Hermes;

    /// <summary>A choice that ended by itself ends with finish reason tool_calls when it has a call.</summary>
    /// <remarks>A function that was named leaves the reason at stop, as OpenAI has it.</remarks>
    public bool NamesCallsAsReason => Choice is ToolChoice.Auto or ToolChoice.Required;

    /// <summary>Reads the text of one choice.</summary>
    public IToolCallParser NewParser() => Choice switch
    {
        ToolChoice.Auto => ToolCallFormats.Create(Format!, AreParallel),
        ToolChoice.Required => new CallArrayParser(AreParallel),
        ToolChoice.Named named => new ArgumentsText(named.Tool.Name),
        _ => new PlainText(),
    };
}
