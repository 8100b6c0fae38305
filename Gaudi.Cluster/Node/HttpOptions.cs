namespace Gaudi.Cluster.Node;

/// <summary>What the command line says about requests. Null: the default of hocon/reference.conf.</summary>
/// <param name="ToolCallFormat">`hermes` or `llama3_json`.</param>
/// <param name="ChoosesTools">Whether the model may decide to call a tool.</param>
internal sealed record HttpOptions(string? ToolCallFormat, bool? ChoosesTools);
