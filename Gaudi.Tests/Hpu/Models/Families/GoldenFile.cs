using System.Collections.Immutable;
using System.Globalization;
using Gaudi.Tests.Layering;

namespace Gaudi.Tests.Hpu.Models.Families;

/// <summary>Reads and writes goldens.txt: of each family the likeliest tokens at three positions, and the sum of all values.</summary>
internal static class GoldenFile
{
    private const string Variable = "GAUDI_WRITE_GOLDENS";
    private const int TopCount = 5;

    private static readonly Lazy<ImmutableArray<Golden>> Stored = new(Load);

    private static string FilePath => Path.Combine(SourceTree.Root, "Gaudi.Tests", "Hpu", "Models", "Families", "goldens.txt");

    /// <summary>What is stored, by architecture; written anew before where the variable asks for it.</summary>
    public static ImmutableArray<Golden> All => Stored.Value;

    /// <summary>What is to be stored of a fixture.</summary>
    public static Golden Of(string architecture, GoldenFixture fixture)
    {
        int[] counts = [FamilyRuns.PromptCount, (FamilyRuns.PromptCount + fixture.Tokens.Length) / 2, fixture.Tokens.Length];
        return new Golden(
            architecture, fixture.Exact.Skip(FamilyRuns.PromptCount - 1).Sum(row => row.Sum()),
            [
                .. from count in counts
                   let row = fixture.Exact[count - 1]
                   from token in Top(row)
                   select (count, token, row[token]),
            ]);
    }

    private static IEnumerable<int> Top(double[] row) =>
        Enumerable.Range(0, row.Length).OrderByDescending(token => row[token]).Take(TopCount);

    private static ImmutableArray<Golden> Load()
    {
        if (Environment.GetEnvironmentVariable(Variable) == "1")
            File.WriteAllLines(FilePath, Header.Concat(GoldenFamilies.All.SelectMany(family =>
            {
                using var fixture = family.Value();
                return Lines(Of(family.Key, fixture));
            })));
        return
        [
            .. File.ReadLines(FilePath).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(' '))
                .GroupBy(words => words[0]).Select(Parse),
        ];
    }

    private static string[] Header =>
    [
        "# Log probabilities of the tests' tiny checkpoints, from the independent implementations in float64 (Double*.cs).",
        $"# Made by: {Variable}=1 dotnet test Gaudi.Tests -c Release --filter FullyQualifiedName~GoldenTests",
        "# ARCHITECTURE sum S: of all values from the prompt's last position on.",
        "# ARCHITECTURE N id:value ...: the likeliest tokens after the first N tokens.",
    ];

    private static IEnumerable<string> Lines(Golden golden) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"{golden.Architecture} sum {golden.Sum:F6}"),
        .. golden.Entries.GroupBy(entry => entry.TokenCount).Select(at => string.Create(
            CultureInfo.InvariantCulture,
            $"{golden.Architecture} {at.Key} {string.Join(' ', at.Select(Entry))}")),
    ];

    private static string Entry((int TokenCount, int TokenId, double Logprob) entry) =>
        string.Create(CultureInfo.InvariantCulture, $"{entry.TokenId}:{entry.Logprob:F9}");

    private static Golden Parse(IGrouping<string, string[]> lines) => new(
        lines.Key,
        Number(lines.Single(words => words[1] == "sum")[2]),
        [
            .. from words in lines
               where words[1] != "sum"
               from entry in words.Skip(2)
               let pair = entry.Split(':')
               select ((int)Number(words[1]), (int)Number(pair[0]), Number(pair[1])),
        ]);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
