using Gaudi.Tests.Simulation.Cost;

namespace Gaudi.Tests.Simulation.Calibration;

/// <summary>
/// Holds the cost model against this machine: constants come from small measurements (launches from two shallow models, memory and
/// products from one wide layer pair, hops from the socket collective), then a model of 180M parameters on two worker processes is
/// predicted and measured.
/// </summary>
/// <param name="program">The program `gaudi`.</param>
/// <param name="say">Told what happens.</param>
/// <param name="write">Told the table.</param>
internal sealed class CalibrationRun(string program, Action<string> say, Action<string> write)
{
    /// <summary>The largest error that is no failure, as a part of what was measured.</summary>
    internal const double ErrorMax = 0.3;

    private const int ShallowLayers = 4;
    private const int DeepLayers = 20;
    private static readonly int[] Batches = [1, 8];

    // So many positions are behind a token in the middle of a measured answer.
    private const int Context = 40;

    /// <summary>Measures, predicts and writes the table.</summary>
    /// <param name="stop">Ends everything that was started.</param>
    /// <returns>The largest error, as a part of what was measured.</returns>
    internal async Task<double> RunAsync(CancellationToken stop)
    {
        var work = Directory.CreateTempSubdirectory("gaudi-calibrate-").FullName;
        try
        {
            var hop = await HopBench.MeasureAsync();
            say($"hop: {hop.Latency.TotalMicroseconds:0} us and {hop.BytesPerSecond / 1e9:0.00} GB/s");
            var shallow = await MeasureAsync(work, "shallow", RandomLlama.Shape(256, ShallowLayers, 256), 2, stop);
            var deep = await MeasureAsync(work, "deep", RandomLlama.Shape(256, DeepLayers, 256), 2, stop);
            var wideShape = RandomLlama.Shape(2048, 2, 5632);
            var wide = await MeasureAsync(work, "wide", wideShape, 2, stop);
            var rates = Rates(shallow, deep, wide, wideShape, new Fabric(hop, hop));
            say($"layer {rates.LayerOverhead.TotalMicroseconds:0} us, step {rates.StepOverhead.TotalMicroseconds:0} us, "
                + $"a row {rates.RowLayerOverhead.TotalMicroseconds:0} us a layer and {rates.RowOverhead.TotalMicroseconds:0} us; a rank reads "
                + $"{rates.MemoryBytesPerSecond / 1e9:0.0} GB/s and computes {rates.FlopsPerSecond / 1e9:0} GFLOP/s of prompts, "
                + $"{rates.DecodeFlopsPerSecond / 1e9:0} of generated tokens");
            var shape = RandomLlama.Shape(1024, 16, 2816);
            var measured = await MeasureAsync(work, "target", shape, 2, stop);
            return Compare(new RooflineCost(shape, rates, new Fabric(hop, hop)), measured);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static GroupCard[] Pair { get; } = [new(0, 0), new(0, 1)];

    private static StepShape Decode(int batch) => new(0, batch, batch, (long)batch * Context, 0);

    private static StepShape Prefill => new(
        MeasuredServer.PromptTokens, 0, 1, 0, (long)MeasuredServer.PromptTokens * MeasuredServer.PromptTokens / 2);

    private async Task<Timing> MeasureAsync(string work, string name, ModelShape shape, int worldSize, CancellationToken stop)
    {
        var folder = Path.Combine(work, name);
        RandomLlama.Write(folder, shape, Path.Combine(Path.GetDirectoryName(program)!, "Models", "gaudi-demo"));
        var timing = await new MeasuredServer(program, say).MeasureAsync(folder, worldSize, Batches, stop);
        say($"{name}: {string.Join(", ", timing.Decode.Select(one => $"{one.Value.TotalMilliseconds:0.00} ms a step of {one.Key}"))}, "
            + $"{timing.Prefill.TotalMilliseconds:0.0} ms for a prompt of {MeasuredServer.PromptTokens}");
        return timing;
    }

    // A shallow and a deep model of almost no weights differ by their layers' launches and sums alone.
    private static CardRates Rates(Timing shallow, Timing deep, Timing wide, ModelShape wideShape, Fabric fabric)
    {
        var (few, many) = (shallow.Decode[1], deep.Decode[1]);
        var layer = (many - few) / (DeepLayers - ShallowLayers);
        var sum = AllReduce.Best(256 * sizeof(float), Pair, fabric).Time;
        // The same once more for a row: seven more of them in each.
        var (fewRow, manyRow) = ((shallow.Decode[8] - few) / 7, (deep.Decode[8] - many) / 7);
        var rowLayer = Max((manyRow - fewRow) / (DeepLayers - ShallowLayers));
        var row = Max(fewRow - (ShallowLayers * rowLayer));
        var launches = Max(layer - (2 * sum) - rowLayer);
        var step = Max(few - (ShallowLayers * layer) - (2 * sum) - row);
        var unbound = new CardRates(1L << 40, 1e18, 1e18, 1, 1, 1, launches, step, 1e9)
        {
            RowLayerOverhead = rowLayer, RowOverhead = row,
        };
        var overhead = new RooflineCost(wideShape, unbound, fabric);
        var bytes = (wideShape.TotalBytes / 2) + (Context * wideShape.PositionBytes(2));
        var reading = Max(wide.Decode[1] - overhead.Of(Decode(1), Pair));
        var multiplying = Max(wide.Prefill - overhead.Of(Prefill, Pair));
        var generating = Max(wide.Decode[8] - overhead.Of(Decode(8), Pair));
        var flops = 2.0 * wideShape.LayerCount * (wideShape.AttentionWeights + wideShape.ExpertWeights) / 2;
        return unbound with
        {
            MemoryBytesPerSecond = bytes / reading.TotalSeconds,
            FlopsPerSecond = flops * MeasuredServer.PromptTokens / multiplying.TotalSeconds,
            DecodeFlopsPerSecond = flops * 8 / generating.TotalSeconds,
        };
    }

    private static TimeSpan Max(TimeSpan time) => time > TimeSpan.FromMicroseconds(1) ? time : TimeSpan.FromMicroseconds(1);

    private double Compare(RooflineCost cost, Timing measured)
    {
        var rows = Batches.Select(batch => ($"decode, batch {batch}", cost.Of(Decode(batch), Pair), measured.Decode[batch]))
            .Append(($"prefill of {MeasuredServer.PromptTokens}", cost.Of(Prefill, Pair), measured.Prefill));
        var worst = 0.0;
        write("| step | predicted ms | measured ms | error |");
        write("|---|---|---|---|");
        foreach (var (name, told, took) in rows)
        {
            var error = (told / took) - 1;
            worst = Math.Max(worst, Math.Abs(error));
            write(FormattableString.Invariant(
                $"| {name} | {told.TotalMilliseconds:0.0} | {took.TotalMilliseconds:0.0} | {error * 100:+0;-0} % |"));
        }
        return worst;
    }
}
