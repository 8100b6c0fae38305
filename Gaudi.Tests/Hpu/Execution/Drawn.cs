using Gaudi.Hpu.Execution;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>A drawn token with the bits behind it, to be compared exactly.</summary>
internal sealed record Drawn(int Position, int TokenId, string LogprobBits, ulong LogitsDigest)
{
    public static Drawn Of(SampledToken token, ulong digest) => new(
        token.Position, token.TokenId,
        string.Join(' ', token.Alternatives.Select(one => $"{one.TokenId}:{BitConverter.SingleToUInt32Bits(one.Logprob):x8}")
            .Prepend($"{BitConverter.SingleToUInt32Bits(token.Logprob):x8}")),
        digest);
}
