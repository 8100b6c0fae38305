using System.Text.RegularExpressions;
using Gaudi.Hpu.Ops;
using Xunit;

namespace Gaudi.Tests.Layering;

/// <summary>What may name what inside the projects.</summary>
public sealed partial class FolderLayerTests
{
    [Fact]
    public void Nothing_outside_the_plugin_names_it() => Rule.Forbids(
        SourceTree.Product.Where(file => !file.IsIn("Gaudi.Hpu/GaudiPlugin")), GaudiPlugin(),
        "The Gaudi plugin is reached through its entry points alone, as any plugin is; use Platform, OpTable or a contract.");

    [Fact]
    public void Ops_are_made_by_the_table_only()
    {
        var ops = OpRegistry.OpsOf(typeof(OpTable).Assembly)
            .Concat(typeof(OpTable).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(CustomOp))))
            .Select(type => Regex.Escape(type.Name.Split('`')[0])).Distinct().Order(StringComparer.Ordinal).ToArray();
        if (ops.Length == 0)
            return;
        Rule.Forbids(
            SourceTree.Files, new Regex($@"\bnew\s+([\w.]+\.)?({string.Join('|', ops)})\s*[({{<]"),
            "Ops are built by OpTable.Create, so that plugins can replace them; ask the table.");
    }

    [Fact]
    public void Membership_and_sharding_alone_use_akka_cluster() => Rule.Forbids(
        SourceTree.Product.Where(file => !file.IsIn("Gaudi.Cluster/Membership") && !file.IsIn("Gaudi.Cluster/Sharding")),
        AkkaCluster(),
        "Akka.Cluster is used in Gaudi.Cluster/Membership and Gaudi.Cluster/Sharding alone; use INodePeers.");

    [Fact]
    public void Actors_are_created_in_hosting_only() => Rule.Forbids(
        SourceTree.Product.Where(file => 
            !file.IsIn("Gaudi.Actors") && !file.IsIn("Gaudi.Cluster/Sharding") && !file.IsIn("Gaudi.Cluster/Membership")),
        ActorOf(),
        "The engine's actors are created in Gaudi.Actors/Hosting, Akka.Cluster's watchers beside it; add a method there.");

    [Fact]
    public void The_environment_is_read_in_two_places_only() => Rule.Forbids(
        SourceTree.Product.Where(file =>
            !file.IsIn("Gaudi.Actors/Settings") && file.Path != "Gaudi.Hpu/Plugins/PluginContext.cs"),
        EnvironmentRead(),
        "The environment is read by GaudiSettings and PluginContext; pass what is needed as a settings record.");

    [GeneratedRegex(@"\bGaudiPlugin\b")]
    private static partial Regex GaudiPlugin();

    [GeneratedRegex(@"\bAkka\.(Cluster|DistributedData)\b|\bCluster\.Get\(")]
    private static partial Regex AkkaCluster();

    [GeneratedRegex(@"\.ActorOf\(")]
    private static partial Regex ActorOf();

    [GeneratedRegex(@"\bEnvironment\.(GetEnvironmentVariables?|ExpandEnvironmentVariables)\b")]
    private static partial Regex EnvironmentRead();
}
