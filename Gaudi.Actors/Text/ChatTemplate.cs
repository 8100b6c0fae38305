using System.Text.Json.Nodes;

namespace Gaudi.Actors.Text;

/// <summary>Draft of the seam until branch text brings the engine: renders ChatML.</summary>
public sealed class ChatTemplate
{
    /// <summary>Parses a template.</summary>
    public static ChatTemplate Parse(string source) => new();

    /// <summary>Reads the template of a model folder.</summary>
    public static ChatTemplate? Load(string modelFolder) => new();

    /// <summary>The prompt text of a conversation.</summary>
    public string Render(ChatTemplateInput input) => string.Concat(input.Messages.OfType<JsonObject>().Select(message =>
        $"<|im_start|>{message["role"]}\n{message["content"]}<|im_end|>\n"))
        + (input.AddGenerationPrompt ? "<|im_start|>assistant\n" : "");
}
