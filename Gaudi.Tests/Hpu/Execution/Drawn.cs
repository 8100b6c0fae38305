using Gaudi.Hpu.Execution;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>A drawn token with the bits behind it, to be compared exactly.</summary>
internal sealed record Drawn(int Position, int TokenId, string LogprobBits, ulong LogitsDigest)
{
    public static Drawn Of(SampledToken token, ulong digest) => new(
        token.Position, token.TokenId,
        $"{Bits(token.Logprob)} {string.Join(' ', token.Alternatives.Select(one => $"{one.TokenId}:{Bits(one.Logprob)}"))}",
        digest);

    private static string Bits(float value) => $"{BitConverter.SingleToUInt32Bits(value):x8}";
}
