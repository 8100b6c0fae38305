namespace Gaudi.Tests.Training.Lessons;

/// <summary>Reversing a word or writing it in capitals, with their phrasings.</summary>
public static class WordTask
{
    private static readonly string[] ReversalPhrasings =
    [
        "Reverse the word \"{0}\".", "Reverse \"{0}\".", "Reverse the word {0}.", "Reverse {0}", "Reverse: {0}",
        "What is {0} backwards?", "Write {0} backwards.", "What is \"{0}\" spelled backwards?",
        "Spell \"{0}\" backwards.", "Please reverse \"{0}\".", "Can you reverse the word {0}?",
    ];

    private static readonly string[] CapitalPhrasings =
    [
        "Write \"{0}\" in capitals.", "Write {0} in capitals.", "Uppercase \"{0}\".", "Uppercase the word {0}.",
        "Make \"{0}\" upper case.", "Convert {0} to upper case.", "What is \"{0}\" in upper case?", "Uppercase: {0}",
        "Uppercase {0}", "Please write the word \"{0}\" in capital letters.", "Capitalize every letter of \"{0}\".",
    ];

    /// <summary>A question to reverse the word; the answer is the bare reversed word.</summary>
    public static Turn Reversal(string word, Random random) =>
        new(string.Format(ReversalPhrasings[random.Next(ReversalPhrasings.Length)], word), Reversed(word));

    /// <summary>A question to write the word in capitals; the answer is the bare word.</summary>
    public static Turn Capitals(string word, Random random) =>
        new(string.Format(CapitalPhrasings[random.Next(CapitalPhrasings.Length)], word), word.ToUpperInvariant());

    /// <summary>All phrasings with their words left out: text for the tokenizer to learn words from.</summary>
    public static IEnumerable<string> PhrasingTexts() =>
        ReversalPhrasings.Concat(CapitalPhrasings).Select(phrasing => string.Format(phrasing, "7"));

    private static string Reversed(string word)
    {
        var letters = word.ToCharArray();
        Array.Reverse(letters);
        return new string(letters);
    }
}
