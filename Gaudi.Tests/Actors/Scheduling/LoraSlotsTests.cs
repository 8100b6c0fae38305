using Gaudi.Actors.Scheduling;
using Gaudi.Hpu;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

public sealed class LoraSlotsTests
{
    [Fact]
    public void Slot_is_kept_until_another_adapter_needs_it_the_longest_unused_first()
    {
        var slots = new LoraSlots(2);
        Assert.Equal(1, slots.Take("a", _ => false));
        Assert.Equal(2, slots.Take("b", _ => false));
        Assert.Equal(1, slots.Take("a", _ => false));
        Assert.Equal(2, slots.Take("c", _ => false)); // b was taken before a
        Assert.Equal(2, slots.Take("d", id => id == "a")); // a is older, and runs
        Assert.Equal(1, slots.Take("a", id => id == "a"));
        Assert.Throws<InvariantBrokenException>(() => slots.Take("e", _ => true));
    }
}
