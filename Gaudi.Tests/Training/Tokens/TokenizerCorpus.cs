using Gaudi.Tests.Training.Lessons;

namespace Gaudi.Tests.Training.Tokens;

/// <summary>The text the tokenizer learns its merges from: all fixed words of the lessons.</summary>
public static class TokenizerCorpus
{
    private const int VocabularyCount = 1024;

    /// <summary>Phrasings and facts weigh more than the word list: they fill most of a conversation.</summary>
    private const int FixedTextWeight = 3;

    private const int RoleWeight = 1000;

    /// <summary>The demo models' tokenizer; always the same.</summary>
    public static BpeTokenizer MakeTokenizer() =>
        new(BpeTrainer.Learn(CountWords(), VocabularyCount - 256 - BpeTokenizer.Specials.Length));

    private static Dictionary<string, int> CountWords()
    {
        var counts = new Dictionary<string, int>();
        foreach (var word in FixedTexts().SelectMany(Pretokenizer.Split).Where(IsLearnt))
        {
            counts[word] = counts.GetValueOrDefault(word) + FixedTextWeight;
        }

        foreach (var word in WordList.Known.Where(word => !HeldOut.Contains(word)))
        {
            counts[" " + word] = counts.GetValueOrDefault(" " + word) + 1;
        }

        foreach (var role in new[] { "system", "user", "assistant" })
        {
            counts[role] = RoleWeight;
        }

        return counts;
    }

    /// <summary>Words that start with a small letter stay in letters: merges inside would break spelling.</summary>
    private static bool IsLearnt(string word) => !char.IsAsciiLetterLower(word[0]);

    private static IEnumerable<string> FixedTexts() => Sum.PhrasingTexts()
        .Concat(WordTask.PhrasingTexts())
        .Concat(Curriculum.SystemTexts())
        .Concat(ProjectFacts.Turns.Select(turn => turn.Question))
        .Concat(ProjectFacts.Turns.Select(turn => turn.Answer).Distinct())
        .Append(new Sum(47, '-', 83).Answer());
}
