using System.Diagnostics;

namespace Gaudi.Tests.Training.Lessons;

/// <summary>One addition or subtraction of numbers 0..99, its phrasings and its working.</summary>
/// <param name="Operation">'+' or '-'.</param>
public readonly record struct Sum(int Left, char Operation, int Right)
{
    private static readonly string[] AdditionPhrasings =
    [
        "What is {0} + {1}?", "{0}+{1}=", "{0} + {1}", "{0} + {1} = ?", "Add {0} and {1}.", "What is {0} plus {1}?",
        "Calculate {0} + {1}.", "What is the sum of {0} and {1}?", "How much is {0} + {1}?", "What is {0}+{1}?",
        "What's {0} + {1}?", "What's {0} plus {1}?", "{0} plus {1}", "Please add {0} and {1}.", "Compute {0} + {1}.",
    ];

    private static readonly string[] SubtractionPhrasings =
    [
        "What is {0} - {1}?", "{0}-{1}=", "{0} - {1}", "{0} - {1} = ?", "Subtract {1} from {0}.",
        "What is {0} minus {1}?", "Calculate {0} - {1}.", "Take {1} away from {0}.", "How much is {0} - {1}?",
        "What is {0}-{1}?", "What's {0} - {1}?", "What's {0} minus {1}?", "{0} minus {1}",
        "Please subtract {1} from {0}.", "Compute {0} - {1}.",
    ];

    /// <summary>What the last number of a right answer is.</summary>
    public int Result => Operation switch
    {
        '+' => Left + Right,
        '-' => Left - Right,
        _ => throw new UnreachableException(),
    };

    /// <summary>One of the phrasings, chosen by <paramref name="random"/>.</summary>
    public string Question(Random random)
    {
        var phrasings = Operation == '+' ? AdditionPhrasings : SubtractionPhrasings;
        return string.Format(phrasings[random.Next(phrasings.Length)], Left, Right);
    }

    /// <summary>The working digit by digit, ones first; the last number is the result.</summary>
    /// <remarks>Each step looks at two digits and what stands just before it, so a small model learns it soon:
    /// "7+5=12, 1+2+1=4, so 42" and "47&lt;83, 13-7=6, 8-1-4=3, so -36".</remarks>
    public string Answer() => Operation == '+' ? Addition() : Subtraction();

    /// <summary>All phrasings with their numbers left out: text for the tokenizer to learn words from.</summary>
    public static IEnumerable<string> PhrasingTexts() =>
        AdditionPhrasings.Concat(SubtractionPhrasings).Select(phrasing => string.Format(phrasing, "7", "7"));

    private string Addition()
    {
        var ones = (Left % 10) + (Right % 10);
        var carry = ones >= 10 ? "+1" : "";
        var tens = Left < 10 && Right < 10
            ? ""
            : $", {Left / 10}+{Right / 10}{carry}={(Left / 10) + (Right / 10) + (ones / 10)}";
        return $"{Left % 10}+{Right % 10}={ones}{tens}, so {Result}";
    }

    private string Subtraction()
    {
        if (Left == Right)
        {
            return $"{Left}={Right}, so 0";
        }

        var (large, small) = Left > Right ? (Left, Right) : (Right, Left);
        var isBorrowing = large % 10 < small % 10;
        var top = (large % 10) + (isBorrowing ? 10 : 0);
        var borrow = isBorrowing ? "-1" : "";
        var tens = large < 10
            ? ""
            : $", {large / 10}{borrow}-{small / 10}={(large / 10) - (isBorrowing ? 1 : 0) - (small / 10)}";
        return $"{Left}{(Left > Right ? '>' : '<')}{Right}, {top}-{small % 10}={top - (small % 10)}{tens}, so {Result}";
    }
}
