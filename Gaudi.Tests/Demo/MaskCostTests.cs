using System.Collections.Immutable;
using System.Diagnostics;
using Gaudi.Actors.Constraints;
using Gaudi.Actors.Text;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Execution.Sampling;
using Gaudi.Tests.Hpu.Execution;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Demo;

/// <summary>A cached mask, made, carried and applied, against a step of the bundled model that decodes one token.</summary>
public sealed class MaskCostTests(ITestOutputHelper output)
{
    private const int StepCount = 60;

    [Fact]
    public void A_cached_mask_costs_less_than_a_tenth_of_a_step()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Models", "gaudi-demo");
        var automaton = new ConstraintAutomaton(
            OutputGrammar.Compile(new OutputConstraint(ConstraintKind.JsonSchema, """{"type":"array","items":{"type":"string"}}""")),
            VocabularyTrie.Of(Tokenizer.Load(folder)));
        var cursor = new ConstraintCursor(automaton, [1], vocabularySize: 2048);
        Runners.Run(Runners.Settings(folder) with { MaxModelLen = 512 }, 1, runner =>
        {
            var script = new Script(1, [5, 6, 7], [.. Enumerable.Range(0, 16)], Script.Greedy with { LogprobCount = null });
            var (steps, masks) = (new List<double>(), new List<double>());
            var logits = Enumerable.Range(0, runner.Facts.VocabularySize).Select(i => (float)Math.Sin(i)).ToArray();
            for (var i = 0; i < StepCount; i++)
            {
                var step = script.Next();
                var clock = Stopwatch.StartNew();
                script.Apply(step, runner.Run(new StepPlan(i + 1, [step])));
                steps.Add(clock.Elapsed.TotalMicroseconds);
                clock.Restart();
                var masked = step with { Masks = cursor.Masks([]) };
                LogitsProcessors.Apply(new DrawPlace(masked, step.TokenIds.Length - 1), logits);
                masks.Add(clock.Elapsed.TotalMicroseconds);
            }
            var (one, other) = (Median(steps), Median(masks));
            output.WriteLine($"a step {one:0} us, a cached mask {other:0.0} us: {other / one:P2}");
            Assert.True(other < one / 10, $"a step takes {one} us, a mask {other} us");
            return 0;
        });
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
