using Akka.Configuration;
using Gaudi.Actors.Settings;
using Gaudi.Hpu.Execution;
using Xunit;

namespace Gaudi.Tests.Actors.Settings;

public sealed class AdapterSettingsTests
{
    private static string[] Problems(string overrides) =>
        [.. Assert.Throws<SettingsException>(() => Given.Settings(overrides)).Problems];

    [Fact]
    public void Defaults_are_vLLMs_and_nothing_is_kept_for_adapters()
    {
        var settings = Given.Settings();
        Assert.Equal((false, 16, 1, false), (
            settings.Lora.IsEnabled, settings.Lora.RankMax, settings.Scheduler.LorasMax, settings.Lora.UpdatesAtRuntime));
        Assert.Null(settings.Lora.ForRanks(settings.Scheduler));
    }

    [Fact]
    public void Modules_are_names_and_paths_or_vLLMs_JSON()
    {
        var settings = Given.Settings("""
            gaudi.scheduler.max-loras = 2
            gaudi.lora {
              enabled = on, max-lora-rank = 32, runtime-updating = on
              modules = ["a=/x=y", "{\"name\": \"b\", \"path\": \"/z\", \"base_model_name\": \"m\"}"]
            }
            """);
        Assert.Equal([new AdapterModule("a", "/x=y"), new AdapterModule("b", "/z")], settings.Lora.Modules.AsEnumerable());
        Assert.True(settings.Lora.UpdatesAtRuntime);
        Assert.Equal(new LoraSettings(2, 32, 64), settings.Lora.ForRanks(settings.Scheduler));
    }

    [Theory]
    [InlineData("enabled = on, modules = [a]", "gaudi.lora.modules = a: allowed is NAME=PATH, or JSON such as {\"name\": \"NAME\", \"path\": \"PATH\"}")]
    [InlineData("enabled = on, modules = [\"{}\"]", "gaudi.lora.modules = {}: allowed is NAME=PATH, or JSON such as {\"name\": \"NAME\", \"path\": \"PATH\"}")]
    [InlineData("enabled = on, modules = [\"a=b\", \"a=c\"]", "gaudi.lora.modules = a=c: allowed is each name once")]
    [InlineData("modules = [\"a=b\"]", "gaudi.lora.modules = a: allowed is none while gaudi.lora.enabled is off (--enable-lora)")]
    [InlineData("max-lora-rank = 513", "gaudi.lora.max-lora-rank = 513: allowed is a whole number from 1 to 512")]
    public void Wrong_ones_are_named(string lora, string problem) => Assert.Equal([problem], Problems($"gaudi.lora {{ {lora} }}"));

    [Theory]
    [InlineData("auto", null, false)]
    [InlineData("auto", "True", true)]
    [InlineData("auto", "0", false)]
    [InlineData("off", "1", false)]
    [InlineData("on", "0", true)]
    public void Environment_allows_updates_where_the_setting_is_auto(string setting, string? variable, bool expected)
    {
        var reader = new SettingsReader(ConfigurationFactory.ParseString($"gaudi.lora.runtime-updating = {setting}").WithFallback(Given.Reference));
        Assert.Equal(expected, AdapterSettings.Read(reader, variable).UpdatesAtRuntime);
        Assert.Empty(reader.Problems);
    }

    [Fact]
    public void Environment_that_means_nothing_is_named()
    {
        var reader = new SettingsReader(Given.Reference);
        AdapterSettings.Read(reader, "perhaps");
        Assert.Equal(["VLLM_ALLOW_RUNTIME_LORA_UPDATING = perhaps: allowed is 1, true, 0 or false"], reader.Problems);
    }
}
