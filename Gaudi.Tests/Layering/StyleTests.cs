using System.Text.RegularExpressions;
using Xunit;

namespace Gaudi.Tests.Layering;

/// <summary>The rules of STYLE.md that a machine can check.</summary>
public sealed partial class StyleTests
{
    private const int LineCountMax = 420;
    private const int LongFileLineCount = 300;
    private const int ColumnCountMax = 140;

    [Fact]
    public void Clocks_randomness_and_sleep_are_passed_in() => Rule.Forbids(
        SourceTree.Files.Where(file => !file.IsIn("Gaudi.Tests/Benchmarks")), Banned(),
        "Time is TimeProvider or Akka's scheduler, randomness a seeded Random, both passed in; waits are awaited.");

    [Fact]
    public void Names_say_what_a_thing_is() => Rule.Holds(
        SourceTree.Files.Select(file => file.Path)
            .Where(path => Words().Matches(Path.GetFileNameWithoutExtension(path)).Any(word => Empty().IsMatch(word.Value))),
        "Helper, Util, Manager and Common say nothing; name the thing by what it does.");

    [Fact]
    public void Waits_are_settings() => Rule.Forbids(
        SourceTree.Product.Where(file => file.IsIn("Gaudi.Actors") || file.IsIn("Gaudi.Cluster")), Wait(),
        "How long something waits is a key of hocon/reference.conf with unit, default and reason; read it in Gaudi.Actors/Settings.");

    // The sample plugins are third parties: their names are their own.
    [Fact]
    public void A_file_has_the_namespace_of_its_folder() => Rule.Holds(
        SourceTree.Files.Where(file => !file.IsIn("Gaudi.Tests/SamplePlugins")).Select(file => (file.Path, Declared: DeclaredNamespace(file)))
            .Where(file => file.Declared is not null && file.Declared != Path.GetDirectoryName(file.Path)!.Replace('/', '.'))
            .Select(file => $"{file.Path}: namespace {file.Declared}"),
        "The namespace is the folder, file-scoped.");

    [Fact]
    public void No_file_is_very_long_and_few_are_long()
    {
        Rule.Holds(
            SourceTree.Files.Where(file => file.LineCount > LineCountMax).Select(file => $"{file.Path}: {file.LineCount} lines"),
            $"No file is longer than {LineCountMax} lines; give a part of it a name and a file.");
        var longFiles = SourceTree.Files.Where(file => file.LineCount > LongFileLineCount).ToArray();
        Rule.Holds(
            longFiles.Length * 50 > SourceTree.Files.Count ? longFiles.Select(file => $"{file.Path}: {file.LineCount} lines") : [],
            $"At most one file in fifty is longer than {LongFileLineCount} lines; split some of these.");
    }

    [Fact]
    public void Lines_fit_a_screen() => Rule.Holds(
        SourceTree.Product.SelectMany(file => file.Text.Split('\n').Select((line, index) => (line, index))
            .Where(at => at.line.Length > ColumnCountMax)
            .Select(at => $"{file.Path}:{at.index + 1}: {at.line.Length} columns")),
        $"A line aims at 120 columns and never exceeds {ColumnCountMax}; break it.");

    private static string? DeclaredNamespace(SourceFile file) =>
        file.Code.Select(line => Namespace().Match(line)).FirstOrDefault(match => match.Success)?.Groups[1].Value;

    [GeneratedRegex(
        @"\bDateTime(Offset)?\.(Utc)?Now\b|\bDateTime\.Today\b|\bGuid\.NewGuid\b"
        + @"|\bRandom\.Shared\b|\bnew Random\(\)|\bThread\.Sleep\b")]
    private static partial Regex Banned();

    [GeneratedRegex(@"\bTimeSpan\.From\w+\(\s*\d|\bnew TimeSpan\(\s*\d|\bDelay\(\s*\d")]
    private static partial Regex Wait();

    [GeneratedRegex(@"[A-Z][a-z0-9]*")]
    private static partial Regex Words();

    [GeneratedRegex(@"^(Helpers?|Utils?|Utility|Utilities|Manager|Common)$")]
    private static partial Regex Empty();

    [GeneratedRegex(@"^namespace ([\w.]+)")]
    private static partial Regex Namespace();
}
