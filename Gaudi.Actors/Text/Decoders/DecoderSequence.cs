using System.Collections.Immutable;

namespace Gaudi.Actors.Text.Decoders;

/// <summary>Decoders one after the other.</summary>
internal sealed class DecoderSequence(ImmutableArray<IDecoder> steps) : IDecoder
{
    /// <inheritdoc/>
    public bool JoinsTokens => steps.Any(step => step.JoinsTokens);

    /// <inheritdoc/>
    public ITokenSink Open(ITokenSink next) => steps.Reverse().Aggregate(next, (sink, step) => step.Open(sink));

    /// <inheritdoc/>
    public TokenContent Inside(TokenContent token)
    {
        var isJoined = false;
        foreach (var step in steps)
        {
            // After a join, stripping touches the ends of the text only, which no token in the middle has.
            token = isJoined && step is StripDecoder ? token : step.Inside(token);
            isJoined |= step.JoinsTokens;
        }

        return token;
    }
}
