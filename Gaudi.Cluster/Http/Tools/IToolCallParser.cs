using System.Collections.Immutable;

namespace Gaudi.Cluster.Http.Tools;

/// <summary>
/// Finds calls in the text of one choice while it grows. However the text is cut into pieces, the calls and the content
/// are the same; what is no call is content, and no character but the calls' own marks and the blanks around them is lost.
/// Not thread-safe.
/// </summary>
internal interface IToolCallParser
{
    /// <summary>Takes more text. What may still become a call is held back.</summary>
    ImmutableArray<AnswerPart> Push(string text);

    /// <summary>The text is complete: what is held back is decided.</summary>
    ImmutableArray<AnswerPart> End();
}
