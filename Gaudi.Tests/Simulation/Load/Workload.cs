using System.Collections.Immutable;
using System.Text.Json;
using Gaudi.Tests.Simulation.World;

namespace Gaudi.Tests.Simulation.Load;

/// <summary>Requests drawn from a seed, or read from a file. Pure.</summary>
internal static class Workload
{
    private const int SharedTextCount = 8;
    private const int PoisonBase = 1_000_000;

    // A burst lasts a tenth of this, at its beginning.
    private static readonly TimeSpan BurstPeriod = TimeSpan.FromSeconds(10);

    /// <summary>Makes the requests of a run.</summary>
    /// <param name="settings">What clients ask for.</param>
    /// <param name="seed">Decides all of it.</param>
    /// <param name="from">The first comes after this.</param>
    /// <param name="to">None comes after this.</param>
    internal static IEnumerable<SimRequest> Make(WorkloadSettings settings, int seed, TimeSpan from, TimeSpan to)
    {
        if (settings.Replay is { } file)
            return Read(settings, file, seed, from);
        return Draw(settings, seed, from, to);
    }

    /// <summary>A request that ends a rank's process.</summary>
    internal static SimRequest Poisonous(int number, TimeSpan at) =>
        new(PoisonBase + number, at, Prompt(new Random(number), 32, shared: false), 32, PoisonBase + number, null) { IsPoisonous = true };

    private static IEnumerable<SimRequest> Draw(WorkloadSettings settings, int seed, TimeSpan from, TimeSpan to)
    {
        var random = new Random(seed ^ 0x10AD);
        var at = from;
        for (var number = 1; ; number++)
        {
            var isBurst = at.Ticks % BurstPeriod.Ticks < BurstPeriod.Ticks / 10;
            at += TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / (settings.RequestsPerSecond * (isBurst ? settings.Burst : 1)));
            if (at > to)
                yield break;
            var (prompt, output) = (Length(random, settings.PromptTokens, settings), Length(random, settings.OutputTokens, settings));
            if (random.NextDouble() < settings.LongPart)
                output *= 10;
            yield return Of(settings, random, number, at, prompt, output);
        }
    }

    private static IEnumerable<SimRequest> Read(WorkloadSettings settings, string file, int seed, TimeSpan from)
    {
        var random = new Random(seed ^ 0x10AD);
        var number = 0;
        foreach (var line in File.ReadLines(file).Where(line => line.Length > 0))
        {
            using var row = JsonDocument.Parse(line);
            var at = from + TimeSpan.FromSeconds(row.RootElement.GetProperty("at").GetDouble());
            yield return Of(
                settings, random, ++number, at, row.RootElement.GetProperty("prompt_tokens").GetInt32(),
                row.RootElement.GetProperty("output_tokens").GetInt32());
        }
    }

    private static SimRequest Of(WorkloadSettings settings, Random random, int number, TimeSpan at, int prompt, int output)
    {
        var (isShared, goesAway, where) = (random.NextDouble() < settings.SharedPart, random.NextDouble(), random.NextDouble());
        prompt = Math.Clamp(prompt, 1, settings.TokensMax - 1);
        output = Math.Clamp(output, 1, settings.TokensMax - prompt);
        return new SimRequest(
            number, at, Prompt(random, prompt, isShared), output, number, goesAway < settings.AbortPart ? 1 + (int)(where * output) : null);
    }

    // Half of a shared prompt is one of a few texts that all begin with.
    private static ImmutableArray<int> Prompt(Random random, int count, bool shared)
    {
        var tokens = new int[count];
        var text = new Random(random.Next(SharedTextCount));
        for (var index = 0; index < count; index++)
            tokens[index] = (shared && index < count / 2 ? text : random).Next(TokenChain.VocabularySize);
        return ImmutableArray.Create(tokens);
    }

    private static int Length(Random random, int median, WorkloadSettings settings)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return Math.Max(1, (int)(median * Math.Exp(settings.Spread * normal)));
    }
}
