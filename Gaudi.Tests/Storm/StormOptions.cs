using System.Globalization;

namespace Gaudi.Tests.Storm;

/// <summary>What a storm is asked to do.</summary>
/// <param name="Program">The program `gaudi` that is put to the test.</param>
/// <param name="PluginFolder">The plugin root with the sample that fails when it is told to.</param>
internal sealed record StormOptions(string Program, string PluginFolder)
{
    /// <summary>How long faults come. Unit: minutes.</summary>
    internal double Minutes { get; init; } = 10;

    /// <summary>Decides requests and faults.</summary>
    internal int Seed { get; init; } = 1;

    /// <summary>Which faults come.</summary>
    internal IReadOnlyList<FaultClass> Classes { get; init; } = Enum.GetValues<FaultClass>();

    /// <summary>Where the history goes; null for nowhere.</summary>
    internal string? Output { get; init; }

    /// <summary>Clients at once.</summary>
    internal int ClientCount { get; init; } = 8;

    /// <summary>Distinct requests, each asked alone before the storm.</summary>
    internal int RequestCount { get; init; } = 48;

    /// <summary>Most of the requests that may be refused. A fraction.</summary>
    internal double RefusedMax { get; init; } = 0.05;

    /// <summary>Longest time a fault may take to heal, and an answer to end. Unit: seconds.</summary>
    internal double PatienceSeconds { get; init; } = 120;

    /// <summary>Further settings of every node: KEY=VALUE.</summary>
    internal IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>What `--help` says.</summary>
    internal static string Usage =>
        $"""
        usage: ./run.sh storm [OPTION...]
          --minutes M        how long faults come (10)
          --seed S           decides requests and faults: the same seed, the same plan (1)
          --classes A,B,...  which faults: {string.Join(", ", Enum.GetValues<FaultClass>().Select(NameOf))}
          --output FILE      the history, a line an event
          --requests N       distinct requests (48)
          --refused-max F    most of the requests that may be answered 503 (0.05)
          --set KEY=VALUE    a setting of every node; may be repeated
        Exit code: 0 all is well, 1 something is not, 2 wrong options, 130 stopped by Ctrl-C.
        """;

    /// <summary>The program as it is built beside this one, and the plugin in this one's folder.</summary>
    internal static StormOptions Here()
    {
        // Gaudi.Tests/Storm/bin/Release/net10.0/linux-x64: the same folders under Gaudi.Cluster.
        var project = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));
        var built = Path.GetRelativePath(project, AppContext.BaseDirectory);
        return new StormOptions(
            Path.GetFullPath(Path.Combine(project, "..", "..", "Gaudi.Cluster", built, "gaudi")),
            Path.Combine(AppContext.BaseDirectory, "plugins-storm"));
    }

    /// <summary>How people write a class.</summary>
    internal static string NameOf(FaultClass one) => one switch
    {
        FaultClass.LaneCut => "lane-cut",
        FaultClass.LaneStall => "lane-stall",
        _ => one.ToString().ToLowerInvariant(),
    };

    /// <summary>Reads a command line over these options.</summary>
    /// <exception cref="FormatException">It has something that is not known, or a value that is none.</exception>
    internal StormOptions With(IReadOnlyList<string> arguments)
    {
        var options = this;
        for (var index = 0; index < arguments.Count; index += 2)
        {
            var name = arguments[index];
            var value = index + 1 < arguments.Count ? arguments[index + 1] : throw new FormatException($"{name} needs a value");
            options = name switch
            {
                "--minutes" => options with { Minutes = Number(name, value) },
                "--seed" => options with { Seed = int.Parse(value, CultureInfo.InvariantCulture) },
                "--classes" => options with { Classes = [.. value.Split(',').Select(ClassOf)] },
                "--output" => options with { Output = value },
                "--requests" => options with { RequestCount = (int)Number(name, value) },
                "--refused-max" => options with { RefusedMax = Number(name, value) },
                "--set" => options with { Settings = [.. options.Settings, value] },
                _ => throw new FormatException($"{name} is no option"),
            };
        }
        return options;
    }

    private static double Number(string name, string value) =>
        double.Parse(value, CultureInfo.InvariantCulture) is > 0 and var number
            ? number
            : throw new FormatException($"{name} expects a number over 0; came {value}");

    private static FaultClass ClassOf(string name)
    {
        foreach (var one in Enum.GetValues<FaultClass>())
        {
            if (NameOf(one) == name)
                return one;
        }
        throw new FormatException($"there is no class {name}");
    }
}
