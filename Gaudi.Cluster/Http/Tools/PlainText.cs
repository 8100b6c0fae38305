using System.Collections.Immutable;

namespace Gaudi.Cluster.Http.Tools;

/// <summary>Text in which no call is looked for.</summary>
internal sealed class PlainText : IToolCallParser
{
    /// <inheritdoc/>
    public ImmutableArray<AnswerPart> Push(string text) => text == "" ? [] : [new AnswerPart.Content(text)];

    /// <inheritdoc/>
    public ImmutableArray<AnswerPart> End() => [];
}
