using System.Collections.Immutable;
using Gaudi.Hpu.Execution;

namespace Gaudi.Tests.Hpu.Execution;

/// <summary>Sequences with and without adapters that run in the same steps, as a scheduler would drive them.</summary>
internal static class LoraScripts
{
    public static readonly int[] Prompt = [3, 17, 4, 9, 28, 1, 30, 12, 7];

    /// <summary>Place for two adapters.</summary>
    public static ModelRunnerSettings Settings(string folder) =>
        Runners.Settings(folder) with { Lora = new LoraSettings(SlotCount: 2, RankMax: 6, AdapterCountMax: 3) };

    /// <summary>What each sequence draws: tokens and scores, to the bit.</summary>
    /// <param name="runner">Has the adapters.</param>
    /// <param name="count">Tokens of each.</param>
    /// <param name="adapters">One a sequence, null for none.</param>
    public static ImmutableArray<string> Run(IModelRunner runner, int count, params string?[] adapters)
    {
        string[] ids = [.. adapters.OfType<string>().Distinct()];
        var scripts = adapters.Select((_, i) => new Script(
            i + 1, Prompt.Select(token => (token + i) % 31), [.. Enumerable.Range(i * 2, 2)], Script.Greedy)).ToArray();
        var drawn = scripts.Select(_ => new List<string>()).ToArray();
        for (var number = 1L; drawn[^1].Count < count; number++)
        {
            var steps = scripts.Select((script, i) => script.Next(tokensMax: 5) with { LoraSlot = Array.IndexOf(ids, adapters[i]) + 1 }).ToArray();
            var output = runner.Run(new StepPlan(number, [.. steps]) { Loras = [.. ids.Select((id, i) => new LoraPlace(i + 1, id))] });
            for (var i = 0; i < scripts.Length; i++)
            {
                scripts[i].Apply(steps[i], output);
                drawn[i].AddRange(output.Tokens.Where(token => token.SequenceId == i + 1).Select(token => Drawn.Of(token, 0).ToString()));
            }
        }
        return [.. drawn.Select(tokens => string.Join('\n', tokens))];
    }

    /// <summary>The prompt of a sequence by itself, as <see cref="Run"/> gives it to the one at that place.</summary>
    public static ImmutableArray<string> Alone(IModelRunner runner, int count, int place, string? adapter)
    {
        string?[] adapters = [.. Enumerable.Repeat<string?>(null, place), adapter];
        return [Run(runner, count, adapters)[place]];
    }
}
