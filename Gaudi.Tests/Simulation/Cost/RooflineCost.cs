namespace Gaudi.Tests.Simulation.Cost;

/// <summary>
/// A step by the roofline: each part takes the longer of its products and its reads. With T rows of a role, P linear weights, W
/// ranks, peaks F and B and the parts of them that are reached:
/// linears, once for each role, max(2 T P / W F, P bytes / W B); attention max(4 heads dim (pairs + context) layers / W F,
/// KV bytes / B); head max(2 draws V h / W F, V h bytes / W B); and layers times launches, what each generated row costs beside,
/// two all-reduces of T h a layer, one for the embedding, and a gather of the drawn rows' logits.
/// </summary>
/// <param name="model">What runs.</param>
/// <param name="card">What it runs on.</param>
/// <param name="fabric">What joins the ranks.</param>
internal sealed class RooflineCost(ModelShape model, CardRates card, Fabric fabric) : IStepCost
{
    private const int LogitBytes = 4; // Logits are float32.

    public long CardBytes => card.MemoryBytes;

    public TimeSpan Of(StepShape step, IReadOnlyList<GroupCard> cards)
    {
        var ranks = cards.Count;
        var rows = step.PromptTokens + step.DecodeTokens;
        var computing = Linears(step.PromptTokens, ranks, card.FlopsPerSecond)
            + Linears(step.DecodeTokens, ranks, card.DecodeFlopsPerSecond ?? card.FlopsPerSecond)
            + Attention(step, ranks)
            + Head(step.DrawCount, ranks);
        return TimeSpan.FromSeconds(computing) + (model.LayerCount * card.LayerOverhead) + card.StepOverhead
            + (step.DecodeTokens * ((model.LayerCount * card.RowLayerOverhead) + card.RowOverhead))
            + Collectives(rows, step.DrawCount, cards);
    }

    public TimeSpan LoadOf(int worldSize) => TimeSpan.FromSeconds(WeightBytes(worldSize) / card.LoadBytesPerSecond);

    public long WeightBytes(int worldSize) => (long)(model.TotalBytes / worldSize);

    public long BlockBytes(int worldSize, int blockSizeTokens) => (long)(model.PositionBytes(worldSize) * blockSizeTokens);

    /// <summary>KV blocks that fit beside the weights.</summary>
    /// <param name="worldSize">Ranks of the group.</param>
    /// <param name="blockSizeTokens">Positions a block holds.</param>
    /// <param name="utilization">The part of the memory that may be used, over 0 to 1.</param>
    /// <param name="activationBytes">What a step needs for itself.</param>
    /// <returns>Not negative: 0 says that the weights do not fit.</returns>
    internal int BlockCount(int worldSize, int blockSizeTokens, double utilization, long activationBytes)
    {
        var left = (card.MemoryBytes * utilization) - WeightBytes(worldSize) - activationBytes;
        return (int)Math.Clamp(left / BlockBytes(worldSize, blockSizeTokens), 0, int.MaxValue);
    }

    private double Linears(int rows, int ranks, double flops)
    {
        if (rows == 0)
            return 0;
        var computed = model.AttentionWeights + (model.ExpertsPerToken * model.ExpertWeights);
        var read = model.AttentionWeights + (model.TouchedExperts(rows) * model.ExpertWeights);
        return model.LayerCount * Math.Max(2.0 * rows * computed / ranks / (flops * card.MatrixPart), Reads(read * model.WeightBytes / ranks));
    }

    private double Attention(StepShape step, int ranks)
    {
        var pairs = step.AttentionPairs + step.ContextTokens;
        var products = 4.0 * model.HeadCount * model.HeadDim * model.LayerCount / ranks * pairs;
        var positions = step.ContextTokens + step.PromptTokens + step.DecodeTokens;
        return Math.Max(products / (card.FlopsPerSecond * card.AttentionPart), Reads(positions * model.PositionBytes(ranks)));
    }

    private double Head(int draws, int ranks) => draws == 0
        ? 0
        : Math.Max(Products(2.0 * draws * model.HeadWeights / ranks), Reads(model.HeadWeights * model.HeadBytes / ranks));

    private TimeSpan Collectives(int rows, int draws, IReadOnlyList<GroupCard> cards)
    {
        if (cards.Count == 1)
            return TimeSpan.Zero;
        var sum = AllReduce.Best(rows * model.HiddenSize * model.HeadBytes, cards, fabric).Time;
        var link = cards.All(one => one.Box == cards[0].Box) ? fabric.InBox : fabric.ScaleOut;
        var gather = draws == 0 ? TimeSpan.Zero : link.Of((long)draws * model.VocabularySize / cards.Count * LogitBytes);
        return (((2 * model.LayerCount) + 1) * sum) + gather;
    }

    private double Products(double flops) => flops / (card.FlopsPerSecond * card.MatrixPart);

    private double Reads(double bytes) => bytes / (card.MemoryBytesPerSecond * card.MemoryPart);
}
