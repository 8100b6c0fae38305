using System.Collections.Immutable;
using System.Text;
using Gaudi.Actors.Constraints;
using Gaudi.Actors.Text;
using Gaudi.Hpu.Execution;

namespace Gaudi.Tests.Actors.Constraints;

/// <summary>Automata over the bundled model's vocabulary, and over single bytes.</summary>
internal static class Forms
{
    internal static Tokenizer Tokenizer { get; } = Tokenizer.Load(Path.Combine(AppContext.BaseDirectory, "Models", "gaudi-demo"));

    private static VocabularyTrie Vocabulary { get; } = VocabularyTrie.Of(Tokenizer);

    private static VocabularyTrie Bytes { get; } =
        VocabularyTrie.OfTokens([.. Enumerable.Range(0, 256).Select(one => new[] { (byte)one })]);

    internal static OutputConstraint Schema(string text) => new(ConstraintKind.JsonSchema, text);

    internal static OutputConstraint Regex(string text) => new(ConstraintKind.Regex, text);

    internal static OutputConstraint Choice(string text) => new(ConstraintKind.Choice, text);

    internal static OutputConstraint AnyObject { get; } = new(ConstraintKind.JsonObject, "");

    internal static ConstraintAutomaton OverTokens(OutputConstraint constraint) => new(OutputGrammar.Compile(constraint), Vocabulary);

    internal static ConstraintAutomaton OverTokens(OutputConstraint constraint, long workMax) =>
        new(OutputGrammar.Compile(constraint), Vocabulary, workMax);

    internal static ConstraintAutomaton OverBytes(OutputConstraint constraint) => new(OutputGrammar.Compile(constraint), Bytes);

    /// <summary>Whether a text has the form, byte by byte.</summary>
    internal static bool Accepts(OutputConstraint constraint, string text)
    {
        var automaton = OverBytes(constraint);
        FormState? state = automaton.Start;
        foreach (var one in Encoding.UTF8.GetBytes(text))
        {
            state = automaton.Next(state, one);
            if (state is null)
                return false;
        }
        return state.IsAccepting;
    }

    /// <summary>What compiling says against a constraint; null where it says nothing.</summary>
    internal static string? Refusal(OutputConstraint constraint)
    {
        try
        {
            OutputGrammar.Compile(constraint);
            return null;
        }
        catch (ConstraintFormatException refused)
        {
            return refused.Message;
        }
    }

    /// <summary>
    /// A text of the form, drawn token by token from the masks; ends where it may, now and then, and where it must.
    /// </summary>
    /// <returns>Null when it did not end in so many tokens.</returns>
    internal static string? Draw(ConstraintAutomaton automaton, Random random, int tokensMax)
    {
        var state = automaton.Start;
        var tokens = new List<int>();
        while (!state.IsFinal && !(state.IsAccepting && random.Next(4) == 0))
        {
            var allowed = Allowed(automaton.MaskOf(state));
            if (allowed.IsEmpty)
                throw new InvalidOperationException($"nothing may follow {Tokenizer.Decode([.. tokens], skipSpecialTokens: true)}");
            if (tokens.Count == tokensMax)
                return null;
            // Short tokens end sooner: half of the draws are from those of one byte.
            var token = Pick(allowed, random);
            state = automaton.Next(state, token)
                ?? throw new InvalidOperationException($"token {token} is in the mask and does not fit");
            tokens.Add(token);
        }
        return Tokenizer.Decode([.. tokens], skipSpecialTokens: true);
    }

    internal static ImmutableArray<int> Allowed(TokenMask mask) =>
        [.. Enumerable.Range(0, Tokenizer.VocabularySize).Where(mask.Allows)];

    private static int Pick(ImmutableArray<int> allowed, Random random)
    {
        var ends = allowed.Where(id => Tokenizer.TokenBytes(id).Span is [(byte)'"'] or [(byte)'}'] or [(byte)']'] or [(byte)',']).ToArray();
        return ends.Length > 0 && random.Next(3) == 0 ? ends[random.Next(ends.Length)] : allowed[random.Next(allowed.Length)];
    }
}
