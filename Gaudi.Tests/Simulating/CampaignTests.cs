using Gaudi.Tests.Simulation;
using Xunit;

namespace Gaudi.Tests.Simulating;

public sealed class CampaignTests
{
    private static string Topology => Path.Combine(Preset.Folder, "hls3-2x8.conf");

    private static (int Code, string Output) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        var code = new SimCommand(SimOptions.Of([Topology, .. arguments]), output, TimeProvider.System).Run();
        return (code, output.ToString());
    }

    [Fact]
    public void Campaign_fails_where_an_interesting_state_was_never_met()
    {
        var (code, output) = Run("--seeds", "1..2", "--seconds", "5", "--faults", "1", "--kinds", "slow");
        Assert.Equal(1, code);
        Assert.Contains("0 failed, 15 of 15 interesting states not met", output);
    }

    [Fact]
    public void Sweep_of_spares_writes_a_table_and_a_chart_and_spares_help()
    {
        var folder = Directory.CreateTempSubdirectory("gaudi-sweep");
        try
        {
            var (code, output) = Run(
                "--sweep", "spares=0..2", "--seconds", "15", "--faults", "4", "--kinds", "crash", "--output", folder.FullName);
            Assert.Equal(0, code);
            var rows = output.Split('\n').Skip(1).Take(3)
                .Select(line => line.Split((char[])[' ', '%'], StringSplitOptions.RemoveEmptyEntries)).ToArray();
            Assert.Equal(["0", "1", "2"], rows.Select(row => row[0]));
            var available = rows.Select(row => double.Parse(row[1], System.Globalization.CultureInfo.InvariantCulture)).ToArray();
            Assert.True(available[2] > available[0], $"availability {string.Join(", ", available)} with 0, 1 and 2 spares");
            Assert.Contains("<polyline", File.ReadAllText(Path.Combine(folder.FullName, "sweep.svg")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Run_writes_trace_and_timeline()
    {
        var folder = Directory.CreateTempSubdirectory("gaudi-run");
        try
        {
            var (code, output) = Run("--seconds", "5", "--output", folder.FullName);
            Assert.True(code == 0, output);
            Assert.StartsWith("second,step,request,", File.ReadLines(Path.Combine(folder.FullName, "timeline.csv")).First());
            Assert.Contains("\"kind\":\"step\"", File.ReadAllText(Path.Combine(folder.FullName, "trace.ndjson")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
