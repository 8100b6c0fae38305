using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using Gaudi.Tests.Simulation.Engine;
using Xunit;

namespace Gaudi.Tests.Simulating.Engine;

public sealed class ReadyMailboxesTests
{
    [Fact]
    public void Takes_by_number_whatever_order_they_came_in()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var (ready, model) = (new ReadyMailboxes(), new SortedDictionary<int, Mailbox>());
            for (var turn = 0; turn < 400; turn++)
            {
                var number = 1 + random.Next(5000);
                if (random.Next(3) > 0 && !model.ContainsKey(number))
                {
                    model[number] = new Mailbox(new UnboundedMessageQueue());
                    ready.Add(number, model[number]);
                }
                else if (model.Count > 0)
                {
                    var before = random.Next(model.Count);
                    var expected = model.ElementAt(before);
                    Assert.Same(expected.Value, ready.Take(before));
                    model.Remove(expected.Key);
                }
                Assert.Equal(model.Count, ready.Count);
            }
        }
    }
}
