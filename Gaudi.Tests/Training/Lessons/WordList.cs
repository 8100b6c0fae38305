using System.Collections.Immutable;

namespace Gaudi.Tests.Training.Lessons;

/// <summary>Words to reverse and capitalise: common ones, the project's, and made-up ones one can speak.</summary>
public static class WordList
{
    /// <summary>Longest word the lessons use, in letters.</summary>
    public const int LettersMax = 8;

    private const int LettersMin = 3;
    private const string Vowels = "aeiouy";
    private const string Consonants = "bcdfghjklmnpqrstvwxz";

    private const string CommonText =
        """
        time year people way day man thing woman life child world school state family student group country problem
        hand part place case week company system program question work number night point home water room mother
        area money story fact month lot right study book eye job word business issue side kind head house service
        friend father power hour game line end member law car city name team minute idea kid body back parent face
        others level office door health person art war history party result change morning reason moment air force
        foot boy age policy music market sense nation plan college interest death course experience effect use class
        control field role effort rate heart drug show leader light voice wife police mind price report town road
        form value action model season society tax player record paper space ground event matter center couple site
        project base star table need court oil cost industry figure street image phone data cover picture practice
        piece land product doctor wall patient worker news test movie north love step hotel memory planet garden
        window summer winter spring autumn river mountain forest ocean island bridge castle dragon apple banana
        orange lemon cherry bread butter cheese coffee sugar pepper monkey tiger rabbit horse turtle eagle spider
        yellow purple green black white silver golden happy quick brown fox jumps over lazy dog cat bird fish tree
        leaf stone cloud rain snow wind fire hello kernel tensor actor token cluster engine stream prompt layer
        plugin device python rocket pencil guitar piano violin doctor basket bottle
        """;

    /// <summary>Common words and the words of the project's facts, 3 to 8 letters, sorted.</summary>
    public static ImmutableArray<string> Known { get; } =
        CommonText.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Concat(ProjectFacts.Words())
            .Where(word => word.Length is >= LettersMin and <= LettersMax)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToImmutableArray();

    /// <summary>A word of the training set: never one that <see cref="HeldOut"/> contains.</summary>
    public static string Draw(Random random)
    {
        while (true)
        {
            var word = random.Next(100) switch
            {
                < 30 => Known[random.Next(Known.Length)],
                < 45 => Grafted(random),
                < 55 => Scrambled(random),
                _ => MadeUp(random, random.Next(LettersMin, LettersMax + 1)),
            };
            if (!HeldOut.Contains(word))
            {
                return word;
            }
        }
    }

    /// <summary>A made-up word for the exam: one that <see cref="HeldOut"/> contains.</summary>
    public static string DrawHeldOut(Random random)
    {
        while (true)
        {
            var word = MadeUp(random, random.Next(LettersMin, LettersMax + 1));
            if (HeldOut.Contains(word))
            {
                return word;
            }
        }
    }

    /// <summary>The start of a known word with a made-up end: teaches how every word piece is spelled.</summary>
    private static string Grafted(Random random)
    {
        var known = Known[random.Next(Known.Length)];
        var start = known[..random.Next(2, Math.Min(known.Length, LettersMax - 1) + 1)];
        return start + MadeUp(random, random.Next(1, LettersMax - start.Length + 1));
    }

    private static string Scrambled(Random random)
    {
        var letters = new char[random.Next(LettersMin, LettersMax + 1)];
        for (var i = 0; i < letters.Length; i++)
        {
            letters[i] = (char)('a' + random.Next(26));
        }

        return new string(letters);
    }

    private static string MadeUp(Random random, int letterCount)
    {
        var letters = new char[letterCount];
        var isVowel = random.Next(2) == 0;
        for (var i = 0; i < letters.Length; i++)
        {
            var alphabet = isVowel ? Vowels : Consonants;
            letters[i] = alphabet[random.Next(alphabet.Length)];
            isVowel = random.Next(6) == 0 ? isVowel : !isVowel;
        }

        return new string(letters);
    }
}
