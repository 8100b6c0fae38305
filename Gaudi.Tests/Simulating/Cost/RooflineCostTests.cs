using Gaudi.Tests.Simulation.Cost;
using Gaudi.Tests.Simulation.World;
using Xunit;

namespace Gaudi.Tests.Simulating.Cost;

/// <summary>The roofline on a model so small that each term can be computed by hand.</summary>
public sealed class RooflineCostTests
{
    // Attention weights (2*2 + 2*2) * 4 * 8 = 256, feed-forward 3 * 8 * 16 = 384: 640 a layer; head 32 * 8 = 256.
    private static readonly ModelShape Model = new(8, 3, 2, 2, 4, 16, 32, false, 1, 1, 2, 2, 2);
    private static readonly GroupCard[] One = [new(0, 0)];
    private static readonly GroupCard[] Two = [new(0, 0), new(0, 1)];
    private static readonly Fabric Fabric = new(
        new LinkSpeed(TimeSpan.FromMicroseconds(10), 1e9), new LinkSpeed(TimeSpan.FromMicroseconds(50), 1e9));

    private static RooflineCost Cost(
        double memory = 1e6, double flops = 1e6, double launchUs = 0, double stepUs = 0, ModelShape? model = null) =>
        new(model ?? Model, new CardRates(
            1_000_000, memory, flops, 1, 1, 1, TimeSpan.FromMicroseconds(launchUs), TimeSpan.FromMicroseconds(stepUs), 1e6), Fabric);

    private static void Is(double seconds, TimeSpan time) => Assert.Equal(seconds, time.TotalSeconds, 1e-6);

    [Fact]
    public void Weights_are_layers_embedding_and_head() =>
        Assert.Equal(((3 * 640) + (2 * 256)) * 2, Cost().WeightBytes(1));

    [Fact]
    public void Tied_embedding_is_counted_once() =>
        Assert.Equal(((3 * 640) + 256) * 2, Cost(model: Model with { IsTied = true }).WeightBytes(1));

    [Fact]
    public void A_block_keeps_keys_and_values_of_all_layers_of_a_ranks_heads()
    {
        Assert.Equal(2 * 2 * 4 * 3 * 2 * 16, Cost().BlockBytes(1, 16));
        Assert.Equal(2 * 1 * 4 * 3 * 2 * 16, Cost().BlockBytes(2, 16));
        Assert.Equal(2 * 1 * 4 * 3 * 2 * 16, Cost().BlockBytes(4, 16)); // A head that is shared is kept on each.
    }

    [Fact]
    public void A_step_of_few_rows_reads() =>
        // Reads: linears 1920 * 2 bytes, head 256 * 2, KV of its own position 2 * 2 * 4 * 3 * 2 = 96 bytes.
        Is(((1920 * 2) + 512 + 96) / 1e6, Cost(flops: 1e12).Of(new StepShape(0, 1, 1, 0, 0), One));

    [Fact]
    public void A_step_of_many_rows_multiplies() =>
        // Products: 2 * 100 * 1920, attention 4 * 8 * 3 * 5000 pairs, head 2 * 1 * 256.
        Is(((2 * 100 * 1920) + (96.0 * 5000) + 512) / 1e6, Cost(memory: 1e12).Of(new StepShape(100, 0, 1, 0, 5000), One));

    [Fact]
    public void Prompts_and_generated_tokens_have_kernels_of_their_own_and_both_read() =>
        Is(
            Cost(flops: 1e12).Of(new StepShape(1, 0, 0, 0, 0), One).TotalSeconds
                + Cost(flops: 1e12).Of(new StepShape(0, 1, 0, 0, 0), One).TotalSeconds,
            Cost(flops: 1e12).Of(new StepShape(1, 1, 0, 0, 0), One));

    [Fact]
    public void Context_is_read_by_every_generated_token() =>
        Is(1000 * 96 / 1e6, Cost(flops: 1e12).Of(new StepShape(0, 1, 1, 1000, 0), One)
            - Cost(flops: 1e12).Of(new StepShape(0, 1, 1, 0, 0), One));

    [Fact]
    public void Launches_are_by_layer_and_once() =>
        Is((3 * 5e-6) + 7e-6, Cost(1e15, 1e15, 5, 7).Of(new StepShape(0, 1, 0, 0, 0), One));

    [Fact]
    public void Two_ranks_add_twice_a_layer_and_for_the_embedding_and_gather_logits() =>
        // 7 sums of 16 bytes by one message of 10.016 us, and a gather of 32 / 2 * 4 bytes: 10.064 us.
        Is((7 * 10.0e-6) + 10.0e-6, Cost(1e15, 1e15).Of(new StepShape(0, 1, 1, 0, 0), Two));

    [Fact]
    public void Ranks_in_other_boxes_are_farther() =>
        Assert.True(
            Cost(1e15, 1e15).Of(new StepShape(0, 1, 1, 0, 0), [new(0, 0), new(1, 0)])
                > Cost(1e15, 1e15).Of(new StepShape(0, 1, 1, 0, 0), Two));

    [Fact]
    public void Few_tokens_touch_few_experts()
    {
        var mixture = Model with { ExpertCount = 8, ExpertsPerToken = 2 };
        Assert.Equal(2, mixture.TouchedExperts(1), 1e-9);
        Assert.Equal(8 * (1 - (0.75 * 0.75)), mixture.TouchedExperts(2), 1e-9);
        Assert.Equal(8, mixture.TouchedExperts(1000), 1e-9);
        Is(3 * (256 + (2 * 384)) * 2 / 1e6 + (96 / 1e6), Cost(flops: 1e12, model: mixture).Of(new StepShape(0, 1, 0, 0, 0), One));
    }

    [Fact]
    public void Memory_beside_the_weights_is_cut_into_blocks()
    {
        var cost = Cost();
        var left = (1_000_000 * 0.9) - cost.WeightBytes(1) - 1000;
        Assert.Equal((int)(left / (96 * 16)), cost.BlockCount(1, 16, 0.9, 1000));
        Assert.Equal(0, cost.BlockCount(1, 16, 0.001, 1000));
    }

    [Fact]
    public void Loading_a_slice_takes_its_bytes() => Is(Cost().WeightBytes(2) / 1e6, Cost().LoadOf(2));
}
