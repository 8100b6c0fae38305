using System.Collections.Immutable;
using System.Globalization;
using Gaudi.Tests.Simulation.Faults;
using Gaudi.Tests.Simulation.Load;

namespace Gaudi.Tests.Simulation;

/// <summary>What a simulation is asked to do.</summary>
/// <param name="Topology">Its file.</param>
internal sealed record SimOptions(string Topology)
{
    /// <summary>Decides everything.</summary>
    internal int Seed { get; init; } = 1;

    /// <summary>A campaign of these seeds in place of one run; null for one.</summary>
    internal (int From, int To)? Seeds { get; init; }

    /// <summary>How long clients come. Unit: virtual seconds.</summary>
    internal double Seconds { get; init; } = 60;

    /// <summary>Faults drawn from the seed.</summary>
    internal int FaultCount { get; init; }

    /// <summary>Which kinds are drawn; empty for all.</summary>
    internal ImmutableArray<FaultKind> Kinds { get; init; } = [];

    /// <summary>A plan in place of drawn faults; null for none.</summary>
    internal string? PlanFile { get; init; }

    /// <summary>What clients ask for.</summary>
    internal WorkloadSettings Load { get; init; } = new(2, 256, 64);

    /// <summary>A model in place of the topology's.</summary>
    internal string? ModelFolder { get; init; }

    /// <summary>Where trace and timeline go; null for nowhere.</summary>
    internal string? Output { get; init; }

    /// <summary>What is swept: spares=0..4; null for nothing.</summary>
    internal string? Sweep { get; init; }

    /// <summary>Most plans tried to make a failing one shorter.</summary>
    internal int MinimiserTries { get; init; } = 60;

    /// <summary>What `--help` says.</summary>
    internal static string Usage =>
        $"""
        usage: ./run.sh simulate TOPOLOGY [OPTION...]
          TOPOLOGY           such as hocon/topologies/hls3-4x8.conf
          --seed S           decides everything: the same seed, the same history (1)
          --seeds A..B       a campaign: each seed a run; fails where one fails, or an interesting state was never met
          --seconds T        how long clients come, in virtual time (60)
          --faults N         faults drawn from the seed, over that time (0)
          --kinds A,B,...    which: {string.Join(", ", Enum.GetValues<FaultKind>().Select(FaultText.NameOf))}
          --plan FILE        faults as a script: `at 12.3s crash box3/card5`
          --rate R           requests a second of all clients (2)
          --prompt-tokens N  median of a prompt's length (256)
          --output-tokens N  median of an answer's length (64)
          --burst F          how much more comes in a tenth of the time (1)
          --shared F         the part of all prompts that begin alike (0.3)
          --aborts F         the part of all clients that go away (0.05)
          --replay FILE      requests from a file, a JSON object a line: at, prompt_tokens, output_tokens
          --model FOLDER     a model's config.json in place of the topology's model
          --sweep spares=A..B  a run for each number of spare cards a box; writes a table and a chart
          --minimise N       most plans tried to make a failing one shorter (60); 0 for none
          --output FOLDER    trace.ndjson, timeline.csv, and what a sweep makes
        Exit code: 0 every invariant held, 1 one did not, 2 wrong options.
        """;

    /// <summary>Reads a command line.</summary>
    /// <exception cref="FormatException">It has something that is not known, or a value that is none.</exception>
    internal static SimOptions Of(IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0 || arguments[0].StartsWith("--", StringComparison.Ordinal))
            throw new FormatException("expected a topology first");
        var options = new SimOptions(arguments[0]);
        for (var index = 1; index < arguments.Count; index += 2)
        {
            var name = arguments[index];
            var value = index + 1 < arguments.Count ? arguments[index + 1] : throw new FormatException($"{name} needs a value");
            options = options.With(name, value);
        }
        return options;
    }

    private SimOptions With(string name, string value) => name switch
    {
        "--seed" => this with { Seed = Whole(value) },
        "--seeds" => this with { Seeds = Range(value) },
        "--seconds" => this with { Seconds = Number(value) },
        "--faults" => this with { FaultCount = Whole(value) },
        "--kinds" => this with { Kinds = [.. value.Split(',').Select(KindOf)] },
        "--plan" => this with { PlanFile = value },
        "--rate" => this with { Load = Load with { RequestsPerSecond = Number(value) } },
        "--prompt-tokens" => this with { Load = Load with { PromptTokens = Whole(value) } },
        "--output-tokens" => this with { Load = Load with { OutputTokens = Whole(value) } },
        "--burst" => this with { Load = Load with { Burst = Number(value) } },
        "--shared" => this with { Load = Load with { SharedPart = Number(value) } },
        "--aborts" => this with { Load = Load with { AbortPart = Number(value) } },
        "--replay" => this with { Load = Load with { Replay = value } },
        "--model" => this with { ModelFolder = value },
        "--sweep" => this with { Sweep = value },
        "--minimise" => this with { MinimiserTries = Whole(value) },
        "--output" => this with { Output = value },
        _ => throw new FormatException($"`{name}` is not known"),
    };

    /// <summary>Reads `A..B`.</summary>
    internal static (int From, int To) Range(string text)
    {
        var parts = text.Split("..");
        return parts.Length == 2 ? (Whole(parts[0]), Whole(parts[1])) : throw new FormatException($"expected A..B, came `{text}`");
    }

    private static FaultKind KindOf(string name)
    {
        foreach (var kind in Enum.GetValues<FaultKind>())
            if (FaultText.NameOf(kind) == name)
                return kind;
        throw new FormatException($"`{name}` is no kind of fault");
    }

    private static int Whole(string text) => int.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture);

    private static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
}
