using Gaudi.Hpu.Execution;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>A drawn token with the bits behind it, to be compared exactly.</summary>
internal sealed record Drawn(int Position, int TokenId, string LogprobBits, ulong LogitsDigest)
{
    public static Drawn Of(SampledToken token, ulong digest)
    {
        var alternatives = token.Alternatives.Select(one => $"{one.TokenId}:{Bits(one.Logprob)}");
        return new Drawn(
            token.Position, token.TokenId, string.Join(' ', alternatives.Prepend(Bits(token.Logprob))), digest);
    }

    private static string Bits(float value) => $"{BitConverter.SingleToUInt32Bits(value):x8}";
}
