using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Cards.Probe;
using Xunit;

namespace Gaudi.Tests.Hpu.Cards.Probe;

public sealed class HlmlProbeTests
{
    private const ulong GiB = 1UL << 30;

    private static CardProbeResult Probe(FakeHlml.State state)
    {
        var functions = FakeHlml.Functions(state);
        return new HlmlProbe(() => new HlmlOpening(functions, "")).Probe();
    }

    [Fact]
    public void Cards_are_described_by_the_library()
    {
        var state = new FakeHlml.State { Cards = [("HL-225H", 96 * GiB), ("HL-325L", 128 * GiB)] };
        var result = Probe(state);

        Assert.Equal(
            [new CardFacts(0, "Intel Gaudi 2 (HL-225H)", CardGeneration.Gaudi2, false, 96L << 30, 240f, "hlml"),
             new CardFacts(1, "Intel Gaudi 3 (HL-325L)", CardGeneration.Gaudi3, false, 128L << 30, 448f, "hlml")],
                 result.Cards.ToArray());
        Assert.Equal("libhlml found 2 of 2", result.Reason);
        Assert.Equal(1, state.ShutdownCount);
    }

    [Fact]
    public void Card_that_is_lost_or_of_another_kind_is_left_out_with_its_reason()
    {
        var result = Probe(
            new FakeHlml.State { Cards = [("HL-205", 32 * GiB), ("HL-225B", 96 * GiB), ("HL-225B", 96 * GiB)],
                LostCard = 1 });

        Assert.Equal("libhlml found 1 of 3; card 0 is left out: HL-205 is no Gaudi 2 or Gaudi 3; " +
            "card 1 is left out: hlml_device_get_memory_info answered 15 (the card is lost)", result.Reason);
        Assert.Equal(0, Assert.Single(result.Cards).Index);
    }

    [Fact]
    public void Name_that_is_too_long_for_the_buffer_is_an_error_not_an_overrun()
    {
        var result = Probe(new FakeHlml.State { Cards = [("HL-3" + new string('x', 100), GiB)] });

        Assert.Empty(result.Cards);
        Assert.EndsWith("hlml_device_get_name answered 7 (insufficient size)", result.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9, 0, "hlml_init answered 9 (driver not loaded)", 0)]
    [InlineData(77, 0, "hlml_init answered 77", 0)]
    [InlineData(0, 10, "hlml_device_get_count answered 10 (timeout)", 1)]
    [InlineData(0, 0, "libhlml knows no card", 1)]
    [InlineData(5, 0, "libhlml knows no card", 0)]
    public void Library_that_finds_nothing_says_why(int initError, int countError, string reason, int shutdowns)
    {
        var state = new FakeHlml.State { InitError = initError, CountError = countError };
        var result = Probe(state);

        Assert.Empty(result.Cards);
        Assert.Equal((reason, shutdowns), (result.Reason, state.ShutdownCount));
    }

    [Fact]
    public void Library_that_is_missing_is_a_reason()
    {
        var opening = HlmlLibrary.Open(["/nowhere/libhlml.so"]);

        Assert.Null(opening.Functions);
        Assert.Equal("libhlml is not installed (tried /nowhere/libhlml.so)",
            new HlmlProbe(() => opening).Probe().Reason);
    }

    [Fact]
    public void Library_that_lacks_functions_is_a_reason_that_names_them() => Assert.Equal(
        "libhlml lacks hlml_init, hlml_shutdown, hlml_device_get_count, " +
        "hlml_device_get_handle_by_index, hlml_device_get_name, " +
        "hlml_device_get_memory_info; update Intel's driver package",
        HlmlLibrary.Open(["libc.so.6"]).Reason);

    [Fact]
    public void Every_known_error_has_a_text() => Assert.Equal(
        ["1 (uninitialised)", "2 (invalid argument)", "3 (not supported)", "5 (already initialised)", "6 (not found)",
         "7 (insufficient size)", "9 (driver not loaded)", "10 (timeout)", "15 (the card is lost)", "20 (memory)",
             "21 (no data)",
         "49 (unknown)"],
        new[] { 1, 2, 3, 5, 6, 7, 9, 10, 15, 20, 21, 49 }.Select(HlmlProbe.ErrorText));
}
