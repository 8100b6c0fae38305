using Gaudi.Actors.Constraints;
using Gaudi.Tests.Actors.Constraints;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>The forms of the proof over 500 answers are worth proving.</summary>
public sealed class FormSampleTests
{
    [Fact]
    public void Schemas_of_the_proof_use_every_keyword_that_is_kept() => Assert.Equal(
        SchemaKeywords.Kept.Order(StringComparer.Ordinal),
        FormSample.Keywords.Where(keyword => keyword != "$defs").Order(StringComparer.Ordinal));

    // The judge shares nothing with the automaton, and must not be one that takes everything.
    [Fact]
    public void Judge_takes_what_is_drawn_from_a_form_and_no_text_of_another()
    {
        const int Seed = 3;
        var random = new Random(Seed);
        foreach (var sample in FormSample.All)
        {
            var kind = sample.Kind switch
            {
                "json" => ConstraintKind.JsonSchema,
                "regex" => ConstraintKind.Regex,
                _ => ConstraintKind.Choice,
            };
            var automaton = Forms.OverTokens(new OutputConstraint(kind, sample.Text));
            for (var i = 0; i < 10; i++)
            {
                if (Forms.Draw(automaton, random, tokensMax: 300) is { } text)
                    Assert.True(sample.Fault(text) is null, $"seed {Seed}: {sample.Text}\n{text}\n{sample.Fault(text)}");
            }
            Assert.NotNull(sample.Fault("{\"no\": [\"form\", 1.5]}"));
        }
    }
}
