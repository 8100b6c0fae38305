using System.Collections.Immutable;
using Akka.Configuration;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Models;
using Gaudi.Tests.Simulation.Cost;

namespace Gaudi.Tests.Simulation.World;

/// <summary>Reads a topology from HOCON; what cards and links can do comes from cards.conf beside it.</summary>
internal static class TopologyFile
{
    /// <summary>Reads one.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="modelFolder">A model in place of the file's; null for the file's.</param>
    /// <exception cref="FormatException">A key is missing or wrong.</exception>
    internal static (Topology Topology, RooflineCost Cost) Read(string path, string? modelFolder = null)
    {
        var file = ConfigurationFactory.ParseString(File.ReadAllText(path));
        var book = ConfigurationFactory.ParseString(
            File.ReadAllText(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "cards.conf")));
        var topology = Section(file, "topology");
        var generation = topology.GetString("generation");
        var serving = Section(file, "serving");
        var isFp8 = serving.GetBoolean("fp8", false);
        var shape = modelFolder is null
            ? Shape(Section(file, "model"), isFp8 ? 1 : 2)
            : ModelShape.Of(ModelConfig.Read(modelFolder), isFp8 ? 1 : 2, 2);
        var (card, fabric) = (CardBook.Card(book, generation, isFp8), CardBook.FabricOf(book, generation));
        var worldSize = serving.GetInt("tensor-parallel-size");
        var cost = new RooflineCost(shape, card, fabric);
        var gaudi = file.HasPath("gaudi") ? file.GetConfig("gaudi").ToString(true) : "";
        return (
            new Topology(
                Path.GetFileNameWithoutExtension(path), generation == "gaudi2" ? CardGeneration.Gaudi2 : CardGeneration.Gaudi3,
                Cards(topology), card.MemoryBytes, fabric.InBox, fabric.ScaleOut, Link(Section(topology, "host")),
                Link(Section(topology, "loopback")), serving.GetInt("replicas"), worldSize, serving.GetInt("gateways"),
                serving.GetInt("kv-block-count"), serving.GetInt("max-model-len"), ReadTimings(Section(file, "timings")))
            {
                Overrides = gaudi.Length == 0 ? "" : $"gaudi {{\n{gaudi}\n}}",
            }, cost);
    }

    private static Config Section(Config config, string name) =>
        config.HasPath(name) ? config.GetConfig(name) : throw new FormatException($"expected a section `{name}` in the topology");

    private static ImmutableArray<int> Cards(Config topology) => topology.HasPath("box-cards")
        ? [.. topology.GetIntList("box-cards")]
        : [.. Enumerable.Repeat(topology.GetInt("cards-per-box"), topology.GetInt("boxes"))];

    private static LinkSpeed Link(Config link) =>
        new(TimeSpan.FromMicroseconds(link.GetDouble("us")), link.GetDouble("gb-per-second") * 1e9);

    private static ModelShape Shape(Config model, double weightBytes) => new(
        model.GetInt("hidden-size"), model.GetInt("layers"), model.GetInt("heads"), model.GetInt("kv-heads"), model.GetInt("head-dim"),
        model.GetInt("intermediate-size"), model.GetInt("vocabulary-size"), model.GetBoolean("tied", false),
        model.GetInt("experts", 1),
        model.GetInt("experts-per-token", 1), weightBytes, Math.Max(weightBytes, 2), 2);

    private static Timings ReadTimings(Config timings)
    {
        TimeSpan Of(string key) => TimeSpan.FromMilliseconds(timings.GetDouble($"{key}-ms"));
        return new Timings(
            Of("worker-start"), Of("plugin-load"), Of("exit-seen"), Of("node-start"), Of("member-joined"), Of("unreachable"),
            Of("member-lost"), Of("withhold"), Of("replica-moved"));
    }
}
