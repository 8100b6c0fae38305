using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace Gaudi.Tests.Layering;

/// <summary>Cluster -> Actors -> Hpu, and nothing upward: not a reference, not a using, not a word in a comment.</summary>
public sealed partial class ProjectLayerTests
{
    private static readonly Dictionary<string, string[]> AllowedReferences = new()
    {
        ["Gaudi.Hpu"] = [],
        ["Gaudi.Actors"] = ["Gaudi.Hpu"],
        ["Gaudi.Cluster"] = ["Gaudi.Actors"],
    };

    [Fact]
    public void Projects_reference_downward_only()
    {
        foreach (var (project, allowed) in AllowedReferences)
        {
            var path = Path.Combine(SourceTree.Root, project, $"{project}.csproj");
            var references = XDocument.Load(path).Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
            Rule.Holds(
                references.Except(allowed).Select(name => $"{project}.csproj references {name}"),
                "Project references point down only: Cluster -> Actors -> Hpu; move the shared type to the lower project.");
        }
    }

    [Fact]
    public void Hpu_names_no_higher_project_and_no_akka() => NeverNames("Gaudi.Hpu", HigherThanHpu());

    [Fact]
    public void Actors_names_no_higher_project_and_no_cluster() => NeverNames("Gaudi.Actors", HigherThanActors());

    // The whole text counts, comments too: a lower layer does not know that a higher one exists.
    private static void NeverNames(string project, Regex higher) => Rule.Holds(
        SourceTree.Product.Where(file => file.Project == project)
            .SelectMany(file => higher.Matches(file.Text).Select(match => $"{file.Path}: `{match.Value}`")),
        $"{project} must not name what lies above it; take it as a parameter, an interface or a message.");

    [GeneratedRegex(@"\bGaudi\.(Actors|Cluster)\b|\busing (static )?Akka\b|\bAkka\.\w+")]
    private static partial Regex HigherThanHpu();

    [GeneratedRegex(@"\bGaudi\.Cluster\b|\bAkka\.(Cluster|DistributedData|Remote)\b")]
    private static partial Regex HigherThanActors();
}
