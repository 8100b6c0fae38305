using System.Text.RegularExpressions;
using Xunit;

namespace Gaudi.Tests.Layering;

/// <summary>Inside a project, too, folders use those below them only.</summary>
public sealed class FolderOrderTests
{
    /// <summary>From the bottom up. A new folder gets its place here.</summary>
    private static readonly Dictionary<string, string[]> BottomUp = new()
    {
        ["Gaudi.Hpu"] =
        [
            "", "Native", "Cards", "Collectives", "Ops", "KvTransfer", "Layers", "Quantization", "Models", "Execution", "Platforms", "Plugins",
            "GaudiPlugin",
        ],
        ["Gaudi.Actors"] =
        [
            "", "Settings", "Text", "Images", "Constraints", "Protocols", "Registry", "Scheduling", "Ranks", "TensorParallel", "Devices", "Requests",
            "Hosting",
        ],
        ["Gaudi.Cluster"] = ["Security", "Collectives", "Wire", "Membership", "Sharding", "Http", "Node", "InProcess", "Disaggregation", "Commands", ""],
    };

    // What a client asks for is a record of Requests, and it is what messages carry and schedulers plan.
    private static readonly (string From, string To)[] Excepted =
        [("Gaudi.Actors.Protocols", "Gaudi.Actors.Requests"), ("Gaudi.Actors.Scheduling", "Gaudi.Actors.Requests")];

    public static TheoryData<string> Projects => [.. BottomUp.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Folders_use_lower_ones_only(string project)
    {
        var order = BottomUp[project];
        var named = new Regex($@"\b{Regex.Escape(project)}\.(\w+)");
        Rule.Holds(
            from file in SourceTree.Product.Where(file => file.Project == project)
            from line in file.Code.Where(line => !line.StartsWith("namespace ", StringComparison.Ordinal))
            from match in named.Matches(line)
            let used = match.Groups[1].Value
            where Array.IndexOf(order, used) > Array.IndexOf(order, file.Folder)
                && !Excepted.Contains(($"{project}.{file.Folder}", $"{project}.{used}"))
            select $"{file.Path} uses {used}",
            $"In {project} folders use those before them: {string.Join(", ", order.Where(folder => folder.Length > 0))}; "
            + "move the shared type down, or pass it in.");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Every_folder_has_its_place(string project) => Rule.Holds(
        SourceTree.Product.Where(file => file.Project == project).Select(file => file.Folder).Distinct().Except(BottomUp[project]),
        $"A new folder of {project} needs a decision (ARCHITECTURE.md) and its place in {nameof(FolderOrderTests)}.");
}
