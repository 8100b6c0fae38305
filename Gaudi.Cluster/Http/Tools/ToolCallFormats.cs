namespace Gaudi.Cluster.Http.Tools;

/// <summary>The formats of `--tool-call-parser`, by vLLM's names.</summary>
internal static class ToolCallFormats
{
    /// <summary>Hermes and Qwen: tags around each call.</summary>
    public const string Hermes = "hermes";

    /// <summary>Llama 3: the answer is the calls.</summary>
    public const string Llama3Json = "llama3_json";

    /// <summary>A parser for one choice.</summary>
    /// <param name="format">One of the names above.</param>
    /// <param name="areParallel">Off: calls after the first are left out.</param>
    public static IToolCallParser Create(string format, bool areParallel) => format switch
    {
        Hermes => new TaggedCallParser(areParallel),
        Llama3Json => new CallListParser(areParallel),
        _ => throw new System.Diagnostics.UnreachableException($"tool call format {format}"),
    };
}
