using Gaudi.Hpu.Ops;
using Xunit;

namespace Gaudi.Tests.Hpu.Ops;

/// <summary>T38, T39, rules R56-R59.</summary>
public sealed class CustomOpSwitchesTests
{
    // The columns: base mode, entry for the op, whether it has a name; enabled, or null where the list is refused.
    [Theory]
    [InlineData("all", "", true, true)]
    [InlineData("all", "+op", true, true)]
    [InlineData("all", "-op", true, false)]
    [InlineData("all", "+op,-op", true, null)]
    [InlineData("none", "", true, false)]
    [InlineData("none", "+op", true, true)]
    [InlineData("none", "-op", true, false)]
    [InlineData("none", "+op,-op", true, null)]
    [InlineData("all", "", false, true)]
    [InlineData("all", "+op", false, true)]
    [InlineData("all", "-op", false, true)]
    [InlineData("all", "+op,-op", false, null)]
    [InlineData("none", "", false, false)]
    [InlineData("none", "+op", false, false)]
    [InlineData("none", "-op", false, false)]
    [InlineData("none", "+op,-op", false, null)]
    public void Op_is_enabled_as_the_truth_table_says(string mode, string entries, bool isRegistered, bool? expected)
    {
        string[] list = [mode, .. entries.Split(',', StringSplitOptions.RemoveEmptyEntries)];
        if (expected is null)
        {
            Assert.Equal("custom_ops cannot both enable and disable the same operation: op",
                Assert.Throws<OpConfigurationException>(() => CustomOpSwitches.Parse(list)).Message); // R57
        }
        else
            Assert.Equal(expected, CustomOpSwitches.Parse(list).IsEnabled(isRegistered ? "op" : null)); // T38, R56, R58
    }

    [Theory]
    [InlineData("", "[]")]
    [InlineData("+op", "[+op]")]
    [InlineData("all,none", "[all, none]")]
    public void List_has_exactly_one_base_mode(string list, string shown) => Assert.Equal(
        $"custom_ops must contain exactly one base mode: 'all' or 'none'; it is {shown}",
        Assert.Throws<OpConfigurationException>(
            () => CustomOpSwitches.Parse(list.Split(',', StringSplitOptions.RemoveEmptyEntries))).Message); // R58

    [Theory]
    [InlineData("rms_norm")]
    [InlineData("+")]
    [InlineData("")]
    public void Entry_of_another_shape_is_refused(string entry) => Assert.Equal(
        $"custom_ops has {entry}; an entry is 'all', 'none', '+name' or '-name'",
        Assert.Throws<OpConfigurationException>(() => CustomOpSwitches.Parse(["all", entry])).Message);

    [Theory]
    [InlineData("", "all")]
    [InlineData("-op", "all,-op")]
    [InlineData("none", "none")]
    [InlineData("+op,all", "+op,all")]
    public void Base_mode_all_is_added_where_there_is_none(string given, string expected) => Assert.Equal(
        // T39, R59
        expected.Split(','),
            CustomOpSwitches.WithBaseMode(given.Split(',', StringSplitOptions.RemoveEmptyEntries)).ToArray());
}
