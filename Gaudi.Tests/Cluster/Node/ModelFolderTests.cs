using Gaudi.Cluster.Node;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

public sealed class ModelFolderTests : IDisposable
{
    private readonly string _program = Directory.CreateTempSubdirectory("gaudi-model-folder-").FullName;

    public ModelFolderTests() => Directory.CreateDirectory(Path.Combine(_program, "Models", "demo"));

    public void Dispose() => Directory.Delete(_program, recursive: true);

    [Fact]
    public void A_name_is_a_bundled_model() =>
        Assert.Equal(Path.Combine(_program, "Models", "demo"), ModelFolder.Find("demo", _program));

    [Fact]
    public void A_path_is_taken_as_it_is()
    {
        Assert.Equal(_program, ModelFolder.Find(_program, _program));
        Assert.Equal(Directory.GetCurrentDirectory(), ModelFolder.Find(".", _program));
    }

    [Fact]
    public void An_adapter_is_no_model_by_name_or_by_path()
    {
        var adapter = Directory.CreateDirectory(Path.Combine(_program, "Models", "demo-times")).FullName;
        File.WriteAllText(Path.Combine(adapter, "adapter_config.json"), "{}");
        foreach (var model in new[] { "demo-times", adapter })
        {
            var problem = Assert.Throws<NodeStartException>(() => ModelFolder.Find(model, _program));
            Assert.Contains($"`{adapter}` holds a LoRA adapter", problem.Message, StringComparison.Ordinal);
        }

        var unknown = Assert.Throws<NodeStartException>(() => ModelFolder.Find("nosuch", _program));
        Assert.Contains("(demo)", unknown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nosuch")]
    [InlineData("")]
    [InlineData("/no/such/folder")]
    [InlineData("../Models/demo")]
    [InlineData("..demo")]
    public void Anything_else_names_what_there_is(string model)
    {
        var problem = Assert.Throws<NodeStartException>(() => ModelFolder.Find(model, _program));
        Assert.Contains($"`{model}` is no folder", problem.Message, StringComparison.Ordinal);
        Assert.Contains("(demo)", problem.Message, StringComparison.Ordinal);
    }
}
