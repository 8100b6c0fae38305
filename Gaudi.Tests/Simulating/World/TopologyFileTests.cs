using Gaudi.Hpu.Cards;
using Gaudi.Tests.Simulation.World;
using Xunit;

namespace Gaudi.Tests.Simulating.World;

public sealed class TopologyFileTests
{
    public static TheoryData<string, int, int, CardGeneration> Presets => new()
    {
        { "hls2-1x8", 1, 8, CardGeneration.Gaudi2 }, { "hls3-1x8", 1, 8, CardGeneration.Gaudi3 },
        { "hls3-2x8", 2, 16, CardGeneration.Gaudi3 }, { "hls3-4x8", 4, 32, CardGeneration.Gaudi3 },
        { "hls3-128x8", 128, 1024, CardGeneration.Gaudi3 }, { "irregular", 4, 22, CardGeneration.Gaudi3 },
    };

    [Theory]
    [MemberData(nameof(Presets))]
    public void Preset_has_its_boxes_and_its_model_fits(string name, int boxes, int cards, CardGeneration generation)
    {
        var (topology, cost) = TopologyFile.Read(Path.Combine(Preset.Folder, $"{name}.conf"));
        Assert.Equal((boxes, cards, generation), (topology.BoxCount, topology.CardCount, topology.Generation));
        var needed = cost.WeightBytes(topology.WorldSize) + topology.KvBlockCount * cost.BlockBytes(topology.WorldSize, 128);
        Assert.True(needed < topology.CardMemoryBytes, $"{needed} bytes of {topology.CardMemoryBytes}");
        Assert.True(topology.ReplicaCount * topology.WorldSize <= topology.CardCount);
    }
}
