using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Cards.Probe;
using Xunit;

namespace Gaudi.Tests.Hpu.Cards.Probe;

public sealed class SysfsProbeTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("gaudi-sysfs-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Cards_are_found_in_the_order_of_their_numbers()
    {
        Card(10, "0x1060");
        Card(2, "0x1020");
        Card(0, "0x1063");

        var result = new SysfsProbe(_root).Probe();

        Assert.Equal(
            [new CardFacts(0, "Intel Gaudi 3 (0x1063)", CardGeneration.Gaudi3, false, 128L << 30, 448f, "sysfs"),
             new CardFacts(1, "Intel Gaudi 2 (0x1020)", CardGeneration.Gaudi2, false, 96L << 30, 240f, "sysfs"),
             new CardFacts(2, "Intel Gaudi 3 (0x1060)", CardGeneration.Gaudi3, false, 128L << 30, 448f, "sysfs")],
                 result.Cards.ToArray());
        Assert.Equal("/sys/class/accel has 3", result.Reason);
    }

    [Fact]
    public void Device_that_cannot_be_used_is_left_out_with_its_reason()
    {
        Card(0, "0x1000");
        Card(1, "0x1060", vendor: "0x8086");
        Card(2, "0x1060", hasNode: false);
        Directory.CreateDirectory(Path.Combine(_root, "sys/class/accel/accel3"));
        Directory.CreateDirectory(Path.Combine(_root, "sys/class/accel/accel_controlD0"));

        var result = new SysfsProbe(_root).Probe();

        Assert.Empty(result.Cards);
        Assert.StartsWith(
            "/sys/class/accel has no Gaudi card; accel0 is left out: its device 0x1000 is no Gaudi 2 or Gaudi 3; " +
            "accel1 is left out: its vendor is 0x8086, not 0x1da3; " +
            "accel2 is left out: there is no /dev/accel/accel2: give the container the device; accel3 is left out: ",
            result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Machine_without_a_driver_says_whether_it_is_loaded()
    {
        Assert.Equal("there is no /sys/class/accel: the driver habanalabs is not loaded",
            new SysfsProbe(_root).Probe().Reason);
        Directory.CreateDirectory(Path.Combine(_root, "sys/module/habanalabs"));
        Assert.Equal("the driver habanalabs is loaded, but there is no /sys/class/accel",
            new SysfsProbe(_root).Probe().Reason);
    }

    [Fact]
    public void Machine_probe_takes_the_first_that_finds_cards_and_else_gives_every_reason()
    {
        var hlml = new HlmlProbe(() => new HlmlOpening(null, "libhlml is not installed"));

        Assert.Equal(
            "no Gaudi card found: libhlml is not installed; " +
            "there is no /sys/class/accel: the driver habanalabs is not loaded",
            new MachineProbe([hlml, new SysfsProbe(_root)]).Probe().Reason);
        Card(0, "0x1020");
        Assert.Equal("sysfs", Assert.Single(new MachineProbe([hlml, new SysfsProbe(_root)]).Probe().Cards).Origin);
    }

    private void Card(int number, string device, string vendor = "0x1da3", bool hasNode = true)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, $"sys/class/accel/accel{number}/device")).FullName;
        File.WriteAllText(Path.Combine(folder, "vendor"), vendor + "\n");
        File.WriteAllText(Path.Combine(folder, "device"), device + "\n");
        Directory.CreateDirectory(Path.Combine(_root, "dev/accel"));
        if (hasNode)
            File.WriteAllText(Path.Combine(_root, $"dev/accel/accel{number}"), "");
    }
}
