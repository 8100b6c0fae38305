using Gaudi.Hpu.Ops;
using Xunit;

namespace Gaudi.Tests.Hpu.Ops;

/// <summary>T44, gaps G5 and G8: what ranks must agree on.</summary>
public sealed class OpDigestTests
{
    private static OpTable Table(
        string[]? customOps = null, string version = "1.0.0", Type? replacement = null, string? plugin = null,
            bool isReversed = false)
    {
        Type[] inTree = isReversed ? [typeof(OtherOp), typeof(ProbeOp)] : [typeof(ProbeOp), typeof(OtherOp)];
        var registry = new OpRegistry(inTree, OpDispatch.OutOfTree, CustomOpSwitches.Parse(customOps ?? ["all"]));
        var registration = new OpRegistration(new OpOrigin("plugin", "plugin:R", version));
        registration.Module("module", m => m.Replace(typeof(ProbeOp), replacement ?? typeof(PluginProbeOp)));
        registry.Apply(registration);
        if (plugin is not null)
            registry.NotePlugin(plugin);
        return registry.Seal();
    }

    [Fact]
    public void Digest_is_the_same_in_every_process_and_whatever_the_order() =>
        Assert.Equal(Table().Digest, Table(isReversed: true).Digest);

    [Fact]
    public void Digest_is_golden()
    {
        // Two builds that compute alike must agree: this changes only with the form of the lines or with these ops.
        Assert.Equal(
            ["op OtherOp = Gaudi.Tests.Hpu.Ops.OtherOp of in-tree 0.1.0 enabled",
             "op ProbeOp = Gaudi.Tests.Hpu.Ops.PluginProbeOp of plugin 1.0.0 enabled",
             "plugin general p P:R 1.0.0"], Table(plugin: "general p P:R 1.0.0").DigestLines.ToArray());
        // Computed beside this code, with Python's hashlib.
        Assert.Equal(
            "06be1723ba769e8973fcc3cbcb54cc2e6e342c42a37e711ee99de28584e7131b",
            Table(plugin: "general p P:R 1.0.0").Digest);
    }

    [Fact]
    public void Digest_changes_with_everything_it_covers()
    {
        string[] digests =
        [
            Table().Digest,
            Table(version: "1.0.1").Digest,
            Table(replacement: typeof(SecondProbeOp)).Digest,
            Table(customOps: ["all", "-ProbeOp"]).Digest,
            Table(plugin: "general p P:R 1.0.0").Digest,
            Table(plugin: "general p P:R 1.0.1").Digest,
        ];

        Assert.Equal(digests.Length, digests.Distinct().Count());
    }

    [Fact]
    public void Digest_does_not_change_by_building_and_calling()
    {
        var table = Table();
        var before = table.Digest;

        table.Create<ProbeOp>(new ProbeSpec()).Forward();

        Assert.Equal(before, table.Report().Digest);
    }

    [Fact]
    public void Difference_names_what_is_missing_and_what_is_too_many()
    {
        var difference = OpDigest.Difference(Table().DigestLines, Table(version: "2.0.0", plugin: "p").DigestLines);

        Assert.Equal(
            ["- op ProbeOp = Gaudi.Tests.Hpu.Ops.PluginProbeOp of plugin 1.0.0 enabled",
             "+ op ProbeOp = Gaudi.Tests.Hpu.Ops.PluginProbeOp of plugin 2.0.0 enabled",
             "+ plugin p"], difference.ToArray()); // T44
        Assert.Empty(OpDigest.Difference(Table().DigestLines, Table().DigestLines));
    }
}
