namespace Gaudi.Cluster.Http.Tools;

/// <summary>How an answer that is nothing but calls is written.</summary>
/// <param name="Opening">Before the first call.</param>
/// <param name="IsOpeningNeeded">Without it there is no call.</param>
/// <param name="Separator">Between two calls.</param>
/// <param name="Closing">After the last call; null for nothing.</param>
internal sealed record CallListForm(string Opening, bool IsOpeningNeeded, char Separator, char? Closing)
{
    /// <summary>Llama 3: `{"name": ..., "parameters": {...}}; {...}`, perhaps behind `&lt;|python_tag|&gt;`.</summary>
    public static CallListForm Llama3 { get; } = new("<|python_tag|>", false, ';', null);

    /// <summary>What `tool_choice` required makes the model write: a JSON array of calls.</summary>
    public static CallListForm Array { get; } = new("[", true, ',', ']');
}
