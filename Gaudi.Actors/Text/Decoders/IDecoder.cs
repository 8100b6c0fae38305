namespace Gaudi.Actors.Text.Decoders;

/// <summary>One step from token texts back to text.</summary>
internal interface IDecoder
{
    /// <summary>Begins one decoding run whose output goes to <paramref name="next"/>.</summary>
    ITokenSink Open(ITokenSink next);

    /// <summary>What this step makes of a token in the middle of a text, where no rule about ends applies.</summary>
    TokenContent Inside(TokenContent token);

    /// <summary>True when the steps after this one see the whole output as one token.</summary>
    bool JoinsTokens { get; }
}
