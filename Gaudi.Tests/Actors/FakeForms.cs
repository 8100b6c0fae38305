using System.Collections.Concurrent;
using System.Text;
using Gaudi.Actors.Constraints;

namespace Gaudi.Tests.Actors;

/// <summary>
/// Forms over the fake model's vocabulary: the first 256 tokens are single bytes, the others pairs of small letters.
/// </summary>
internal sealed class FakeForms : IConstraintCompiler
{
    private static readonly VocabularyTrie Vocabulary = VocabularyTrie.OfTokens(
        [.. Enumerable.Range(0, FakeModel.VocabularySize).Select(BytesOf)]);

    private readonly TaskCompletionSource? _gate;

    /// <summary>Compiles at once; or, with a gate, when it opens.</summary>
    internal FakeForms(TaskCompletionSource? gate = null) => _gate = gate;

    /// <summary>Constraints compiled so far, in order.</summary>
    internal ConcurrentQueue<OutputConstraint> Compiled { get; } = new();

    internal static ConstraintAutomaton Of(OutputConstraint constraint) => new(OutputGrammar.Compile(constraint), Vocabulary);

    internal static OutputConstraint Regex(string expression) => new(ConstraintKind.Regex, expression);

    internal static string TextOf(IEnumerable<int> tokens) => Encoding.Latin1.GetString([.. tokens.SelectMany(BytesOf)]);

    public async Task<CompiledConstraint> CompileAsync(OutputConstraint constraint)
    {
        if (_gate is not null)
            await _gate.Task;
        Compiled.Enqueue(constraint);
        try
        {
            return new CompiledConstraint(Of(constraint), null);
        }
        catch (ConstraintFormatException refused)
        {
            return new CompiledConstraint(null, refused.Message);
        }
    }

    private static byte[] BytesOf(int token) => token < 256
        ? [(byte)token]
        : [(byte)('a' + (token % 26)), (byte)('a' + (token / 26 % 26))];
}
