using Gaudi.Hpu.Execution;

namespace Gaudi.Cluster.Wire;

/// <summary>How a request's tokens are drawn, as requests and steps carry it.</summary>
internal static class SamplingFormats
{
    internal static void Write(this WireWriter w, SamplingParameters s)
    {
        w.Float(s.Temperature);
        w.Float(s.TopP);
        w.Int(s.TopK);
        w.Float(s.MinP);
        w.Long(s.Seed);
        w.Optional(s.LogprobCount, w.Int);
        w.Float(s.PresencePenalty);
        w.Float(s.FrequencyPenalty);
        w.Float(s.RepetitionPenalty);
        w.Int(s.TokensMin);
        w.List(s.EndTokenIds, w.Int);
        w.List(s.LogitBiases, one =>
        {
            w.Int(one.TokenId);
            w.Float(one.Bias);
        });
        w.Optional(s.AllowedTokenIds, ids => w.List(ids, w.Int));
        w.List(s.BadWords, word => w.List(word, w.Int));
    }

    internal static SamplingParameters SamplingParameters(this WireReader r) =>
        new(r.Float(), r.Float(), r.Int(), r.Float(), r.Long(), r.Optional(r.Int))
        {
            PresencePenalty = r.Float(),
            FrequencyPenalty = r.Float(),
            RepetitionPenalty = r.Float(),
            TokensMin = r.Int(),
            EndTokenIds = r.List(r.Int),
            LogitBiases = r.List(() => new LogitBias(r.Int(), r.Float())),
            AllowedTokenIds = r.Optional(() => r.List(r.Int)),
            BadWords = r.List(() => r.List(r.Int)),
        };
}
