using System.Text.RegularExpressions;
using Xunit;
using Xunit.Sdk;

namespace Gaudi.Tests.Layering;

/// <summary>The rules can fail, and say where and what to do.</summary>
public sealed class RuleTests
{
    private static readonly Regex Forbidden = new(@"\bAkka\b");

    [Fact]
    public void A_violation_is_named_with_its_line_and_the_fix()
    {
        var file = new SourceFile("Gaudi.Hpu/Ops/Some.cs", "namespace A;\nusing Akka;\n");
        var failure = Assert.ThrowsAny<XunitException>(() => Rule.Forbids([file], Forbidden, "Use a contract."));
        Assert.Contains("Use a contract.", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Gaudi.Hpu/Ops/Some.cs:2: `Akka`", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_in_comments_and_strings_are_no_violation() =>
        Rule.Forbids([new SourceFile("A/B.cs", "// Akka\nvar a = \"Akka\";")], Forbidden, "");

    [Fact]
    public void The_tree_has_files_of_every_project() => Assert.Equal(
        ["Gaudi.Actors", "Gaudi.Cluster", "Gaudi.Hpu", "Gaudi.Tests"],
        SourceTree.Files.Select(file => file.Project).Distinct());
}
