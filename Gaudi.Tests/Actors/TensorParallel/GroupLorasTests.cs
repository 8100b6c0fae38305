using Gaudi.Actors.Protocols;
using Gaudi.Actors.TensorParallel;
using Gaudi.Hpu.Models.Lora;
using Xunit;

namespace Gaudi.Tests.Actors.TensorParallel;

public sealed class GroupLorasTests
{
    private static readonly LoraAdapter First = new("a#1", "a", "/a", "digest");
    private static readonly LoraAdapter Second = new("b#2", "b", "/b", "digest");

    private static LoraLoaded Answer(int rank, string id, string? refusal = null) => new("g", 1, rank, id, refusal);

    [Fact]
    public void Adapter_counts_when_every_rank_has_it_and_not_where_one_refuses()
    {
        var loras = new GroupLoras();
        loras.Begin(First, 2);
        loras.Begin(Second, 2);
        Assert.Null(loras.Take(Answer(1, "a#1")));
        Assert.Null(loras.Take(Answer(1, "a#1"))); // said twice
        Assert.Null(loras.Take(Answer(0, "b#2", "its shape")));
        Assert.Equal(new GroupLoraLoaded("a#1", null, false), loras.Take(Answer(0, "a#1")));
        Assert.True(loras.AreLoading);
        Assert.Equal(new GroupLoraLoaded("b#2", "rank 0: its shape", false), loras.Take(Answer(1, "b#2")));
        Assert.Equal([First], loras.Loaded.AsEnumerable());
        Assert.False(loras.AreLoading);
    }

    [Fact]
    public void Epoch_that_ends_answers_what_was_being_loaded_and_keeps_what_was()
    {
        var loras = new GroupLoras();
        loras.Begin(First, 1);
        loras.Take(Answer(0, "a#1"));
        loras.Begin(Second, 1);
        Assert.Equal([new GroupLoraLoaded("b#2", "the group's epoch ended: a card was lost", true)], loras.EndEpoch("a card was lost").AsEnumerable());
        Assert.Null(loras.Take(Answer(0, "b#2")));
        Assert.Equal([First], loras.Loaded.AsEnumerable());
        loras.Note(new RankPrepared("g", 2, 1, "digest", FakeRunner.FactsOf()) { LoraRefusals = [new LoraRefusal("a#1", "its files changed")] });
        Assert.Equal([new GroupLoraLoaded("a#1", "rank 1: its files changed", false)], loras.TakeLost().AsEnumerable());
        Assert.Empty(loras.Loaded);
        Assert.Empty(loras.TakeLost());
    }
}
