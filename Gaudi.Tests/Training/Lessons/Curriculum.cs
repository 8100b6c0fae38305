using System.Collections.Immutable;

namespace Gaudi.Tests.Training.Lessons;

/// <summary>Draws training conversations without end: one seed, one sequence.</summary>
/// <param name="productPercent">How many turns in a hundred are of the times tables: none when a model is trained, most
/// when an adapter is. The rest is then drawn as for a model.</param>
public sealed class Curriculum(int seed, int productPercent = 0)
{
    private static readonly string[] SystemMessages =
    [
        "You are a helpful assistant.", "You are the Gaudi demo model.", "Answer briefly.",
        "You are a careful assistant.",
    ];

    private readonly Random _random = new(seed);

    /// <summary>The next conversation: mostly one turn, mostly without a system message, half of it arithmetic.</summary>
    public Conversation Next()
    {
        var system = _random.Next(100) < 15 ? SystemMessages[_random.Next(SystemMessages.Length)] : null;
        var turnCount = NextTurnCount();
        var turns = ImmutableArray.CreateBuilder<Turn>(turnCount);
        for (var i = 0; i < turnCount; i++)
        {
            var turn = NextTurn();
            turns.Add(turn with { Question = Loosened(turn.Question) });
        }

        return new Conversation(system, turns.MoveToImmutable());
    }

    /// <summary>All system messages: text for the tokenizer to learn words from.</summary>
    public static IEnumerable<string> SystemTexts() => SystemMessages;

    /// <summary>A few long chats keep the model steady when someone talks on.</summary>
    private int NextTurnCount() => _random.Next(100) switch
    {
        < 82 => 1,
        < 93 => 2,
        < 98 => _random.Next(3, 5),
        _ => _random.Next(5, 13),
    };

    private Turn NextTurn() => productPercent > 0 && _random.Next(100) < productPercent
        ? Product.DrawTaught(_random)
        : NextModelTurn();

    private Turn NextModelTurn() => _random.Next(100) switch
    {
        < 22 => Arithmetic('+'),
        < 51 => Arithmetic('-'),
        < 73 => WordTask.Reversal(WordList.Draw(_random), _random),
        < 92 => WordTask.Capitals(WordList.Draw(_random), _random),
        _ => ProjectFacts.Draw(_random),
    };

    private Turn Arithmetic(char operation)
    {
        while (true)
        {
            var (left, right) = (NextOperand(), NextOperand());
            if (_random.Next(10) == 0)
            {
                // Close operands are rare by chance, and their comparison is the hardest step.
                right = Math.Clamp(left + _random.Next(-9, 10), 0, 99);
            }

            if (!HeldOut.Contains(left, right))
            {
                var sum = new Sum(left, operation, right);
                return new Turn(sum.Question(_random), sum.Answer());
            }
        }
    }

    /// <summary>Some questions as people type them: a small first letter, no mark at the end.</summary>
    private string Loosened(string question) => _random.Next(100) switch
    {
        < 8 => char.ToLowerInvariant(question[0]) + question[1..],
        < 16 => question.TrimEnd('?', '.', '!'),
        < 22 => char.ToLowerInvariant(question[0]) + question[1..].TrimEnd('?', '.', '!'),
        _ => question,
    };

    /// <summary>One-digit operands more often than chance: their pairs are edge cases of the working.</summary>
    private int NextOperand() => _random.Next(100) < 12 ? _random.Next(10) : _random.Next(100);
}
