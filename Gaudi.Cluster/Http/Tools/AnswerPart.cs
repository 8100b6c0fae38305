namespace Gaudi.Cluster.Http.Tools;

/// <summary>What a stretch of generated text turned out to be.</summary>
internal abstract record AnswerPart
{
    /// <summary>Text for the reader.</summary>
    /// <param name="Text">Never empty.</param>
    public sealed record Content(string Text) : AnswerPart;

    /// <summary>A call begins; its arguments follow.</summary>
    /// <param name="Name">Of the function.</param>
    public sealed record CallBegun(string Name) : AnswerPart;

    /// <summary>More of the last call's arguments.</summary>
    /// <param name="Json">A piece of JSON text; all pieces together are one document.</param>
    public sealed record ArgumentsGrew(string Json) : AnswerPart;
}
