using Gaudi.Hpu.Plugins;
using Xunit;

namespace Gaudi.Tests.Hpu.Plugins;

/// <summary>The contract of the two methods, checked before they are called.</summary>
public sealed class PluginLoaderTests
{
    [Theory]
    [InlineData(EntryPointGroups.Platform, nameof(ShapedEntryPoints.Register))]
    [InlineData(EntryPointGroups.General, nameof(ShapedEntryPoints.RegisterOps))]
    public void Method_of_the_right_shape_is_bound(string group, string method)
    {
        var function = PluginLoader.Resolve(Declared(group, method));

        Assert.Equal(group == EntryPointGroups.Platform, function.Register is not null);
        Assert.Equal(group == EntryPointGroups.General, function.RegisterOps is not null);
    }

    [Theory]
    [InlineData(EntryPointGroups.Platform, nameof(ShapedEntryPoints.RegisterWrong),
        "String RegisterWrong(PluginContext)")]
    [InlineData(EntryPointGroups.Platform, "Absent", "String Absent(PluginContext)")]
    [InlineData(EntryPointGroups.General, nameof(ShapedEntryPoints.Register), "Void Register(OpRegistration)")]
    public void Method_of_another_shape_is_refused_with_the_one_expected(string group, string method,
        string expected) => Assert.Equal(
        $"{typeof(ShapedEntryPoints).FullName} has no method `public static {expected}`",
        Assert.Throws<PluginException>(() => PluginLoader.Resolve(Declared(group, method))).Message);

    [Fact]
    public void Class_that_does_not_exist_is_refused() => Assert.Equal(
        "Gaudi.Tests has no class No.Such",
        Assert.Throws<PluginException>(() =>
            PluginLoader.Resolve(Declared(EntryPointGroups.General, "X") with { TypeName = "No.Such" })).Message);

    [Fact]
    public void Group_a_worker_does_not_load_is_refused() => Assert.Equal(
        "a worker does not load the group vllm.other",
        Assert.Throws<PluginException>(() =>
            PluginLoader.Resolve(Declared("vllm.other", nameof(ShapedEntryPoints.Register)))).Message);

    private static DiscoveredPlugin Declared(string group, string method)
    {
        var assembly = typeof(ShapedEntryPoints).Assembly;
        return new DiscoveredPlugin(
            group, "test", typeof(ShapedEntryPoints).FullName!, method, assembly.GetName().Name!, "0.1.0",
                assembly.Location);
    }
}
