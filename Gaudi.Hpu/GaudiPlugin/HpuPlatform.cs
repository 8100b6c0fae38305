using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Ops;
using Gaudi.Hpu.Platforms;
using Gaudi.Hpu.Plugins;

namespace Gaudi.Hpu.GaudiPlugin;

/// <summary>Intel Gaudi cards, found or simulated.</summary>
public sealed class HpuPlatform(PlatformSetup setup) : Platform
{
    /// <inheritdoc />
    public override string Name => "hpu";

    /// <inheritdoc />
    public override string DeviceType => "hpu";

    /// <inheritdoc />
    public override OpDispatch Dispatch => OpDispatch.OutOfTree;

    /// <inheritdoc />
    public override ImmutableArray<CardFacts> Cards => setup.Probe.Value.Cards;

    /// <inheritdoc />
    public override string DeviceControlVariable => "HABANA_VISIBLE_MODULES";

    /// <inheritdoc />
    public override ImmutableArray<string> SupportedDtypes => ["bfloat16", "float32"];

    /// <inheritdoc />
    public override ImmutableArray<string> SupportedQuantizations =>
    [
        .. ModelConfig.SupportedQuantizations.SelectMany(
            method => IsRouted(method) ? [method, $"{method}_hpu"] : new[] { method }),
    ];

    /// <summary>Whether the lazy backend runs: `PT_HPU_LAZY_MODE=1`. Unset means eager.</summary>
    public bool IsLazy => setup.ReadEnvironment(LazyModeVariable) == "1";

    private const string LazyModeVariable = "PT_HPU_LAZY_MODE";

    /// <summary>Prepares the process for the backend, lazy or eager. A value the user set is kept and logged.</summary>
    public static void SetTorchCompile(PluginContext context)
    {
        context.SetEnvironment("PT_HPU_WEIGHT_SHARING", "0",
            "weights are shared by ranks' own slices, not by the bridge");
        if (context.ReadEnvironment(LazyModeVariable) == "1")
        {
            context.Change("torch.compile", "on", "off", "the lazy backend does not support it");
            context.SetEnvironment("PT_HPU_ENABLE_LAZY_COLLECTIVES", "true",
                "several cards need collectives inside lazy graphs");
        }
        else
            context.SetEnvironment("RUNTIME_SCALE_PATCHING", "1", "eager graphs take fp8 scales at run time");
    }

    /// <inheritdoc />
    public override ICard OpenCard(int index)
    {
        var facts = CardAt(index);
        return facts.IsSimulated ? new HostCard(facts) : throw new PlatformException(
            $"{facts.Name} (card {index}, found by {facts.Origin}) cannot compute yet: this build has no bridge to " +
            "Intel's torch backend; simulate cards with gaudi.cards.simulate, or set gaudi.plugins.platform = cpu");
    }

    /// <inheritdoc />
    public override AttentionChoice ChooseAttention(AttentionNeeds needs) => needs switch
    {
        { IsSparse: true } => new AttentionChoice(null, "sparse attention is not supported on hpu"),
        { UsesMla: true } => new AttentionChoice(
            AttentionChoice.PagedLatent, "the KV cache lives in blocks of latents, which all heads share"),
        _ => new AttentionChoice(AttentionChoice.Paged, "the KV cache lives in blocks"),
    };

    /// <inheritdoc />
    public override PlatformConfigCheck CheckConfig(PlatformConfig config)
    {
        var check = base.CheckConfig(config);
        var changes = check.Changes.ToBuilder();
        config = check.Config;
        if (config is { ContiguousPagedAttention: true, PrefixCaching: true })
        {
            changes.Add(
                new PlatformChange("prefix-caching", "on", "off", "neighbouring blocks cannot be shared by prefix"));
            config = config with { PrefixCaching = false };
        }
        if (config is { AsyncScheduling: true, SpeculativeDecoding: true })
        {
            changes.Add(
                new PlatformChange("async-scheduling", "on", "off", "a draft needs the tokens of the step before"));
            config = config with { AsyncScheduling = false };
        }
        if (config.Quantization is { } method && IsRouted(method))
        {
            var own = $"{method}_hpu";
            changes.Add(new PlatformChange(
                "quantization", method, own, "the plugin's products read the checkpoint's codes themselves"));
            config = config with { Quantization = own };
        }
        return check with { Config = config, Changes = changes.ToImmutable() };
    }

    // Upstream's plugin has methods of its own for these.
    private static bool IsRouted(string method) => method is "awq" or "gptq";
}
