using Gaudi.Cluster.Node;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

public sealed class ReadyFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gaudi-ready-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_file_is_the_stable_json_and_nothing_else_is_left()
    {
        var path = Path.Combine(_folder, "ready.json");
        new ReadyFile("http://127.0.0.1:8000", 7, [8, 9]).Write(path);
        Assert.Equal("{\"url\":\"http://127.0.0.1:8000\",\"pid\":7,\"workers\":[8,9]}\n", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_file_of_an_earlier_start_is_replaced()
    {
        var path = Path.Combine(_folder, "ready.json");
        new ReadyFile("http://127.0.0.1:1", 1, []).Write(path);
        new ReadyFile("http://127.0.0.1:2", 2, []).Write(path);
        Assert.Equal(2, ReadyFile.Read(path).Pid);
    }
}
