using System.Collections.Immutable;

namespace Gaudi.Cluster.Http.Tools;

/// <summary>The whole text is the arguments of one call: `tool_choice` names the function, and a constraint holds the form.</summary>
internal sealed class ArgumentsText(string function) : IToolCallParser
{
    private bool _isBegun;

    /// <inheritdoc/>
    public ImmutableArray<AnswerPart> Push(string text)
    {
        if (text == "")
            return [];
        var isFirst = !_isBegun;
        _isBegun = true;
        var grew = new AnswerPart.ArgumentsGrew(text);
        return isFirst ? [new AnswerPart.CallBegun(function), grew] : [grew];
    }

    /// <inheritdoc/>
    public ImmutableArray<AnswerPart> End() => [];
}
