using Akka.Actor;
using Gaudi.Actors.TensorParallel;
using Xunit;

namespace Gaudi.Tests.Actors.TensorParallel;

/// <summary>T44, gap G5.</summary>
public sealed class RegistryDiffTests
{
    [Fact]
    public void Equal_digests_have_no_difference() =>
        Assert.Null(RegistryDiff.Of([Given.Card("a", 0, ActorRefs.Nobody, "same"), Given.Card("b", 0, ActorRefs.Nobody, "same")]));

    [Fact]
    public void Different_digests_name_the_rank_and_every_line_that_differs() => Assert.Equal(
        "rank 1 (b card 0) has op registry 2222, rank 0 (a card 0) has 1111; they must be equal: " +
        "-op RMSNorm from Gaudi.Hpu 1.0, +op RMSNorm from Other 2.0, +plugin g/other 2.0",
        RegistryDiff.Of([
            Given.Card("a", 0, ActorRefs.Nobody, "1111", "", "op RMSNorm from Gaudi.Hpu 1.0", "op SiluAndMul from in-tree 1.0"),
            Given.Card("b", 0, ActorRefs.Nobody, "2222", "",
                "op RMSNorm from Other 2.0", "op SiluAndMul from in-tree 1.0", "plugin g/other 2.0")]));
}
