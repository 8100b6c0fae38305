using Gaudi.Actors.Settings;
using Gaudi.Cluster.Commands;
using Gaudi.Hpu.KvTransfer;
using Gaudi.Tests.Actors;
using Xunit;

namespace Gaudi.Tests.Cluster.Commands;

/// <summary>vLLM's --kv-transfer-config as settings; unknown keys and values are one sentence.</summary>
public sealed class KvTransferConfigTests
{
    [Fact]
    public void Keys_become_settings()
    {
        var settings = EngineFlagTests.Settings(
            "--kv-transfer-config",
            """
            {"kv_connector": "NixlConnector", "kv_role": "kv_consumer", "kv_load_failure_policy": "fail", "engine_id": "e \"1\"",
             "kv_connector_extra_config": {"release_timeout_ms": 1, "stall_timeout_ms": 2, "lane_bytes_per_second": 3, "loads_max": 4}}
            """).KvTransfer!;
        Assert.Equal(
            new KvTransferSettings(
                "NixlConnector", KvRole.Consumer, true, "e \"1\"", settings.Host, settings.Port, TimeSpan.FromMilliseconds(1),
                TimeSpan.FromMilliseconds(2), 3, 4, settings.CrowdedTimeout),
            settings);
    }

    [Fact]
    public void Without_it_there_is_no_connector() => Assert.Null(Given.Settings().KvTransfer);

    [Fact]
    public void What_is_not_said_is_as_upstream_has_it()
    {
        var settings = EngineFlagTests.Settings("--kv-transfer-config", """{"kv_connector": "NixlConnector", "kv_role": "kv_both"}""");
        var transfer = settings.KvTransfer!;
        Assert.Equal((KvRole.Both, false, null, 300), (
            transfer.Role, transfer.FailureEnds, transfer.EngineId, (int)transfer.ReleaseTimeout.TotalSeconds));
        Assert.Equal("given", transfer.ForRanks("given").EngineId);
        var elsewhere = Given.Settings(
            "gaudi.kv-transfer { connector = X, side-channel-host = 10.0.0.1, side-channel-port = 7000 }").KvTransfer!;
        Assert.Equal(("X", "10.0.0.1", 7000), (elsewhere.Connector, elsewhere.Host, elsewhere.Port));
    }

    [Theory]
    [InlineData("x", "expects JSON such as")]
    [InlineData("[]", "expected a JSON object, came `[]`")]
    [InlineData("{}", "expected `kv_connector`, such as NixlConnector")]
    [InlineData("""{"kv_connector": 5}""", "`kv_connector` expects a text, came `5`")]
    [InlineData("""{"kv_connector": "NixlConnector"}""", "expected `kv_role`")]
    [InlineData("""{"kv_connector": "N", "kv_role": "producer"}""", "`kv_role` expects kv_producer or kv_consumer or kv_both, came `producer`")]
    [InlineData("""{"kv_connector": "N", "kv_role": "kv_both", "kv_rank": 0}""", "key `kv_rank` is not known; known are kv_connector, kv_role")]
    [InlineData("""{"kv_connector": "N", "kv_role": "kv_both", "kv_load_failure_policy": "x"}""", "expects recompute or fail, came `x`")]
    [InlineData(
        """{"kv_connector": "N", "kv_role": "kv_both", "kv_connector_extra_config": {"backends": []}}""",
        "key `backends` in kv_connector_extra_config is not known")]
    [InlineData(
        """{"kv_connector": "N", "kv_role": "kv_both", "kv_connector_extra_config": {"loads_max": 0}}""", "`loads_max` expects a whole number")]
    public void What_cannot_be_used_is_refused_by_name(string json, string reason) =>
        Assert.Contains(reason, EngineFlagTests.Problem("--kv-transfer-config", json));
}
