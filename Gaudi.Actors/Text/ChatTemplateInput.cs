using System.Text.Json.Nodes;

namespace Gaudi.Actors.Text;

/// <summary>What a chat template may read.</summary>
/// <param name="Messages">Message objects with `role`, `content`, `tool_calls` and so on, oldest first. Not
/// changed.</param>
/// <param name="Tools">Tool descriptions, or null for `tools` = none.</param>
/// <param name="AddGenerationPrompt">Whether the text ends by opening the assistant's turn.</param>
/// <param name="BosToken">`bos_token`; null leaves it undefined.</param>
/// <param name="EosToken">`eos_token`; null leaves it undefined.</param>
/// <param name="Clock">Gives `strftime_now` its local time.</param>
public sealed record ChatTemplateInput(
    JsonArray Messages,
    JsonArray? Tools,
    bool AddGenerationPrompt,
    string? BosToken,
    string? EosToken,
    TimeProvider Clock)
{
    /// <summary>Texts for retrieval templates, or null for `documents` = none.</summary>
    public JsonArray? Documents { get; init; }

    /// <summary>More variables by name, such as `enable_thinking`; they win over the ones above.</summary>
    public JsonObject? ExtraVariables { get; init; }
}
