using Gaudi.Actors.Settings;
using Gaudi.Cluster.Node;
using Gaudi.Hpu.Cards;
using Xunit;

namespace Gaudi.Tests.Cluster.Node;

/// <summary>Which word counts: the defaults, the user's file, --set, a flag, each over the one before it.</summary>
public sealed class NodeSettingsTests : IDisposable
{
    private const string Key = "gaudi.model.block-size-tokens";
    private readonly string _folder = Directory.CreateTempSubdirectory("gaudi-settings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(null, null, "", 128)]
    [InlineData("64", null, "", 64)]
    [InlineData("64", "32", "", 32)]
    [InlineData("64", "32", "16", 16)]
    public void The_last_word_counts(string? inFile, string? set, string flag, int blockSizeTokens)
    {
        var options = NodeOptions.ForListing with
        {
            SettingsFile = inFile is null ? null : File(inFile), Settings = set is null ? [] : [$"{Key}={set}"],
        };
        Assert.Equal(blockSizeTokens, Load(options, flag.Length == 0 ? "" : $"{Key} = {flag}\n").Gaudi.Model.BlockSizeTokens);
    }

    [Fact]
    public void A_worker_reads_the_same_settings_and_the_chosen_cards()
    {
        var node = Load(NodeOptions.ForListing with { Settings = [$"{Key}=32"] }, flags: "", neededCards: 3);
        var worker = GaudiSettings.Load(
            HoconFiles.Parse(node.ForWorkers, "the node").WithFallback(HoconFiles.Defaults(AppContext.BaseDirectory)));
        Assert.Equal(32, worker.Model.BlockSizeTokens);
        Assert.Equal(node.Plan.Simulated, worker.Simulate);
        Assert.Equal(3, worker.Simulate!.Count);
    }

    [Fact]
    public void Every_unknown_key_is_named_at_once()
    {
        var options = NodeOptions.ForListing with { Settings = ["gaudi.colour=blue", "gaudi.model.taste=sweet", "akka.cluster.gosip-interval=1s"] };
        var problem = Assert.Throws<SettingsException>(() => Load(options, flags: ""));
        Assert.Contains("gaudi.colour", problem.Message, StringComparison.Ordinal);
        Assert.Contains("gaudi.model.taste", problem.Message, StringComparison.Ordinal);
        Assert.Contains("akka.cluster.gosip-interval", problem.Message, StringComparison.Ordinal);
        Assert.Equal(3, problem.Problems.Count);
    }

    [Theory]
    [InlineData("akka.nope")]
    [InlineData("akka.loglevel")]
    public void Dispatcher_that_akka_has_not_is_a_problem(string path) => Assert.Equal(
        [$"gaudi.workers.dispatcher = {path}: Akka has no such dispatcher"],
        Assert.Throws<SettingsException>(() => Load(
            NodeOptions.ForListing with { Settings = [$"gaudi.workers.dispatcher={path}"] }, flags: "")).Problems);

    [Fact]
    public void Dispatcher_of_akka_is_taken() => Assert.Equal(
        "akka.actor.default-dispatcher",
        Load(NodeOptions.ForListing with { Settings = ["gaudi.workers.dispatcher=akka.actor.default-dispatcher"] }, flags: "")
            .Gaudi.Workers.Dispatcher);

    [Fact]
    public void Text_that_is_no_HOCON_is_refused_with_its_origin()
    {
        var options = NodeOptions.ForListing with { SettingsFile = File("${nobody.said}") };
        Assert.Contains("settings.conf", Assert.Throws<NodeStartException>(() => Load(options, flags: "")).Message, StringComparison.Ordinal);
    }

    private static NodeSettings Load(NodeOptions options, string flags, int neededCards = 0) =>
        NodeSettings.Load(AppContext.BaseDirectory, options, flags, _ => neededCards, new NoCards());

    private string File(string value)
    {
        var path = Path.Combine(_folder, "settings.conf");
        System.IO.File.WriteAllText(path, $"{Key} = {value}\n");
        return path;
    }

    private sealed class NoCards : ICardProbe
    {
        public CardProbeResult Probe() => new([], "no Gaudi card found");
    }
}
