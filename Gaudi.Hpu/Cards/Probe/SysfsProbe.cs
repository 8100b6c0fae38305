using System.Collections.Immutable;
using System.Globalization;

namespace Gaudi.Hpu.Cards.Probe;

/// <summary>
/// Reads the driver's files: /sys/class/accel/accelN/device and /dev/accel/accelN. They do not tell the memory, which
/// is taken from the generation.
/// </summary>
/// <param name="root">`/`, or a test's own folder.</param>
public sealed class SysfsProbe(string root) : ICardProbe
{
    /// <inheritdoc />
    public CardProbeResult Probe()
    {
        var classFolder = Path.Combine(root, "sys/class/accel");
        if (!Directory.Exists(classFolder))
        {
            return new CardProbeResult([], Directory.Exists(Path.Combine(root, "sys/module/habanalabs"))
                ? "the driver habanalabs is loaded, but there is no /sys/class/accel"
                : "there is no /sys/class/accel: the driver habanalabs is not loaded");
        }
        var cards = ImmutableArray.CreateBuilder<CardFacts>();
        var leftOut = new List<string>();
        foreach (var number in Numbers(classFolder))
        {
            if (Describe(classFolder, number, cards) is { } reason)
                leftOut.Add($"accel{number} is left out: {reason}");
        }
        var found = cards.Count == 0 ? "/sys/class/accel has no Gaudi card" : $"/sys/class/accel has {cards.Count}";
        return new CardProbeResult(cards.ToImmutable(), string.Join("; ", leftOut.Prepend(found)));
    }

    private static IEnumerable<int> Numbers(string classFolder) =>
        Directory.EnumerateFileSystemEntries(classFolder, "accel*")
        .Select(entry => Path.GetFileName(entry)["accel".Length..])
        .Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : -1)
        .Where(n => n >= 0)
        .Order();

    private string? Describe(string classFolder, int number, ImmutableArray<CardFacts>.Builder cards)
    {
        var device = Path.Combine(classFolder, $"accel{number}", "device");
        string vendor, model;
        try
        {
            vendor = File.ReadAllText(Path.Combine(device, "vendor")).Trim();
            model = File.ReadAllText(Path.Combine(device, "device")).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error.Message;
        }
        if (vendor != GaudiModels.Vendor)
            return $"its vendor is {vendor}, not {GaudiModels.Vendor}";
        if (GaudiModels.OfPciDevice(model) is not { } generation)
            return $"its device {model} is no Gaudi 2 or Gaudi 3";
        if (!File.Exists(Path.Combine(root, $"dev/accel/accel{number}")))
            return $"there is no /dev/accel/accel{number}: give the container the device";
        cards.Add(GaudiModels.Facts(cards.Count, generation, model, CardMemory.RealBytes(generation), "sysfs"));
        return null;
    }
}
