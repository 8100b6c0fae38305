using System.Collections.Immutable;
using System.Globalization;

namespace Gaudi.Tests.Simulation.Faults;

/// <summary>
/// Plans as people write them: a line a fault, such as `at 12.3s crash box3/card5`, `at 14s slow box0/card2 x4 for 10s`,
/// `at 20s lossy box0 box3 0.1 for 5s`, `at 40s partition box0 box1 for 10s`, `at 7s poison`; `#` begins a comment. Pure.
/// </summary>
internal static class FaultText
{
    private static readonly ImmutableArray<(FaultKind Kind, string Name)> Names =
    [
        (FaultKind.Crash, "crash"), (FaultKind.Hang, "hang"), (FaultKind.Slow, "slow"), (FaultKind.LinkDown, "link-down"),
        (FaultKind.Lossy, "lossy"), (FaultKind.BoxDown, "box-down"), (FaultKind.BoxPause, "box-pause"),
        (FaultKind.Partition, "partition"), (FaultKind.PluginThrows, "plugin-throws"), (FaultKind.PluginHangs, "plugin-hangs"),
        (FaultKind.Skew, "skew"), (FaultKind.CrashLoop, "crash-loop"), (FaultKind.Poison, "poison"),
    ];

    /// <summary>How people write a kind.</summary>
    internal static string NameOf(FaultKind kind) => Names.First(one => one.Kind == kind).Name;

    /// <summary>A fault as a line.</summary>
    internal static string Of(Fault fault)
    {
        var where = string.Concat(fault.Boxes.Select(box => $" box{box}")) + (fault.Card >= 0 ? $"/card{fault.Card}" : "");
        var how = fault.Kind switch
        {
            FaultKind.Slow => string.Create(CultureInfo.InvariantCulture, $" x{fault.Factor:0.###}"),
            FaultKind.Lossy => string.Create(CultureInfo.InvariantCulture, $" {fault.Factor:0.###}"),
            _ => "",
        };
        var length = fault.For > TimeSpan.Zero ? $" for {Seconds(fault.For)}" : "";
        return $"at {Seconds(fault.At)} {NameOf(fault.Kind)}{where}{how}{length}";
    }

    /// <summary>Reads a plan.</summary>
    /// <exception cref="FormatException">A line that is none; it is named.</exception>
    internal static ImmutableArray<Fault> Read(string text)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        foreach (var (line, index) in text.Split('\n').Select((line, index) => (line.Split('#')[0].Trim(), index)))
        {
            if (line.Length == 0)
                continue;
            try
            {
                faults.Add(ReadLine(line));
            }
            catch (Exception problem) when (problem is FormatException or IndexOutOfRangeException or InvalidOperationException)
            {
                throw new FormatException(
                    $"line {index + 1}: expected such as `at 12.3s crash box3/card5`, came `{line}` ({problem.Message})");
            }
        }
        return [.. faults.OrderBy(one => one.At)];
    }

    private static Fault ReadLine(string line)
    {
        var words = new Queue<string>(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        if (words.Dequeue() != "at")
            throw new FormatException("it begins with `at`");
        var at = Time(words.Dequeue());
        var name = words.Dequeue();
        var kind = Names.FirstOrDefault(one => one.Name == name) is { Name: not null } known
            ? known.Kind
            : throw new FormatException($"`{name}` is none of {string.Join(", ", Names.Select(one => one.Name))}");
        var (boxes, card, length, factor) = (ImmutableArray.CreateBuilder<int>(), -1, TimeSpan.Zero, 0d);
        while (words.TryDequeue(out var word))
        {
            if (word == "for")
                length = Time(words.Dequeue());
            else if (word.StartsWith("box", StringComparison.Ordinal))
            {
                var parts = word.Split('/');
                boxes.Add(int.Parse(parts[0].AsSpan(3), CultureInfo.InvariantCulture));
                if (parts.Length > 1)
                    card = int.Parse(parts[1].Replace("card", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
            }
            else
                factor = double.Parse(word.TrimStart('x'), CultureInfo.InvariantCulture);
        }
        return new Fault(at, kind, boxes.ToImmutable(), card, length, factor);
    }

    private static TimeSpan Time(string word) => word.EndsWith('s')
        ? TimeSpan.FromSeconds(double.Parse(word.AsSpan(0, word.Length - 1), CultureInfo.InvariantCulture))
        : throw new FormatException($"`{word}` is no time such as 12.3s");

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.######}s");
}
