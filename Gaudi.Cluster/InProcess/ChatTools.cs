using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace Gaudi.Cluster.InProcess;

/// <summary>Functions and their calls, as HTTP clients write them.</summary>
internal static class ChatTools
{
    /// <summary>Adds the functions of the options, and how they may be called.</summary>
    /// <exception cref="NotSupportedException">A tool that is no function.</exception>
    public static void Add(JsonObject body, ChatOptions options)
    {
        if (options.Tools is not { Count: > 0 } tools)
            return;
        body["tools"] = new JsonArray([.. tools.Select(Written)]);
        body["tool_choice"] = options.ToolMode switch
        {
            RequiredChatToolMode { RequiredFunctionName: { } name } => new JsonObject
            {
                ["type"] = "function", ["function"] = new JsonObject { ["name"] = name },
            },
            RequiredChatToolMode => "required",
            NoneChatToolMode => "none",
            _ => "auto",
        };
        if (options.AllowMultipleToolCalls is { } many)
            body["parallel_tool_calls"] = many;
    }

    /// <summary>A call of the past.</summary>
    public static JsonNode Written(FunctionCallContent call) => new JsonObject
    {
        ["id"] = call.CallId, ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = JsonSerializer.Serialize(call.Arguments) },
    };

    private static JsonNode Written(AITool tool) => tool is AIFunctionDeclaration function
        ? new JsonObject
        {
            ["type"] = "function",
            ["function"] = new JsonObject
            {
                ["name"] = function.Name, ["description"] = function.Description,
                ["parameters"] = JsonNode.Parse(function.JsonSchema.GetRawText()),
            },
        }
        : throw new NotSupportedException($"Tools: {tool.GetType().Name} is no function");
}
