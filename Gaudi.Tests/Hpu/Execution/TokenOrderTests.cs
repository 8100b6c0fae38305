using Gaudi.Hpu.Execution;
using Gaudi.Tests.Hpu.Execution.Sampling;
using Xunit;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>The order of tokens against LINQ's stable one.</summary>
public sealed class TokenOrderTests
{
    [Fact]
    public void Tokens_are_ordered_by_logit_and_ties_by_id()
    {
        var random = new Random(21);
        for (var round = 0; round < 300; round++)
        {
            var logits = Draws.RandomLogits(random, 1 + random.Next(2000), deviation: random.Next(2) == 0 ? 0.1 : 50);
            logits[random.Next(logits.Length)] = float.NegativeInfinity;
            logits[random.Next(logits.Length)] = -0f;
            var order = Enumerable.Range(0, logits.Length).OrderByDescending(token => logits[token]).ToArray();
            Assert.Equal(order, TokenOrder.Descending(logits));
            foreach (var count in new[] { 0, 1, 20, 256, 257, 5000 })
                Assert.Equal(order.Take(count), TokenOrder.Largest(logits, count));
            int[] some = [.. Enumerable.Range(0, logits.Length).Where(token => token % 3 == 1)];
            Assert.Equal(order.Where(token => token % 3 == 1), TokenOrder.Descending(logits, some));
        }
    }
}
