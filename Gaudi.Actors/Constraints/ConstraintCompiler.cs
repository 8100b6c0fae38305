using Gaudi.Actors.Text;

namespace Gaudi.Actors.Constraints;

/// <summary>Compiles on the thread pool. Any thread.</summary>
/// <param name="tokenizer">Of the served model. Its vocabulary is read when the first constraint comes.</param>
public sealed class ConstraintCompiler(Tokenizer tokenizer) : IConstraintCompiler
{
    private readonly Lazy<VocabularyTrie> _vocabulary = new(() => VocabularyTrie.Of(tokenizer));

    /// <summary>Why a constraint cannot be kept, as a sentence for the client; null where it can.</summary>
    public string? Refusal(OutputConstraint constraint) => Read(constraint).Refusal;

    /// <inheritdoc />
    public Task<CompiledConstraint> CompileAsync(OutputConstraint constraint) => Task.Run(() => Compile(constraint));

    private CompiledConstraint Compile(OutputConstraint constraint)
    {
        var (grammar, refusal) = Read(constraint);
        return new CompiledConstraint(grammar is null ? null : new ConstraintAutomaton(grammar, _vocabulary.Value), refusal);
    }

    // All refusals are found here: over a grammar that was read, an automaton can always be made.
    private (OutputGrammar? Grammar, string? Refusal) Read(OutputConstraint constraint)
    {
        // A text that some token cannot go on with would end in the middle.
        if (!_vocabulary.Value.CoversAllBytes)
            return (null, "this model's vocabulary lacks single bytes, so it cannot write texts of a given form");
        try
        {
            return (OutputGrammar.Compile(constraint), null);
        }
        catch (ConstraintFormatException refused)
        {
            return (null, refused.Message);
        }
    }
}
