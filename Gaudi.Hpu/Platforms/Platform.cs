using System.Collections.Immutable;
using Gaudi.Hpu.Cards;
using Gaudi.Hpu.Ops;

namespace Gaudi.Hpu.Platforms;

/// <summary>
/// The hardware a process runs on: which cards there are, which forward ops run, what a configuration must look like.
/// A plugin's platform has one public constructor, which takes a <see cref="PlatformSetup"/>.
/// </summary>
public abstract class Platform
{
    /// <summary>Such as `hpu`.</summary>
    public abstract string Name { get; }

    /// <summary>The device as torch calls it; empty where there is none.</summary>
    public abstract string DeviceType { get; }

    /// <summary>Which forward enabled ops run (rule R54).</summary>
    public abstract OpDispatch Dispatch { get; }

    /// <summary>The cards of this machine, by index.</summary>
    public abstract ImmutableArray<CardFacts> Cards { get; }

    /// <summary>The variable that says which cards a process may see; null where there is none.</summary>
    public virtual string? DeviceControlVariable => null;

    /// <summary>The types it computes in. The first is what it prefers.</summary>
    public virtual ImmutableArray<string> SupportedDtypes => ["float32", "bfloat16"];

    /// <summary>The quantization methods it loads.</summary>
    public virtual ImmutableArray<string> SupportedQuantizations => [];

    /// <summary>Tokens in a KV block where the user set none.</summary>
    public virtual int DefaultBlockSizeTokens => 128;

    /// <summary>The full name of the class that runs steps on a card.</summary>
    public virtual string WorkerClass => typeof(Execution.ModelRunner).FullName!;

    /// <summary>The full name of the class ranks talk to each other through.</summary>
    public virtual string CommunicatorClass => typeof(Collectives.ICollective).FullName!;

    /// <summary>Opens a card. From the thread that will use it.</summary>
    /// <exception cref="PlatformException">There is no such card, or it cannot be opened.</exception>
    public abstract ICard OpenCard(int index);

    /// <summary>Which attention runs.</summary>
    public abstract AttentionChoice ChooseAttention(AttentionNeeds needs);

    /// <summary>
    /// Fits a configuration to the hardware. Everything changed is returned, and nothing the user set is changed
    /// without a word; the dtype is never changed. Applied to its own result it changes nothing.
    /// </summary>
    public virtual PlatformConfigCheck CheckConfig(PlatformConfig config)
    {
        var changes = ImmutableArray.CreateBuilder<PlatformChange>();
        var problems = ImmutableArray.CreateBuilder<string>();
        if (config.WorkerClass == "auto")
        {
            changes.Add(new PlatformChange("worker-class", "auto", WorkerClass, $"{Name} chooses it"));
            config = config with { WorkerClass = WorkerClass };
        }
        if (config.BlockSizeTokens is null)
        {
            changes.Add(new PlatformChange(
                "block-size", "unset", $"{DefaultBlockSizeTokens}",
                $"the KV block that {Name} works best with, in tokens"));
            config = config with { BlockSizeTokens = DefaultBlockSizeTokens };
        }
        var customOps = CustomOpSwitches.WithBaseMode(config.CustomOps);
        if (customOps.Length != config.CustomOps.Length)
        {
            changes.Add(new PlatformChange(
                "custom-ops", $"[{string.Join(", ", config.CustomOps)}]", $"[{string.Join(", ", customOps)}]",
                "no compiler fuses the native forwards, so every op runs its own"));
            config = config with { CustomOps = customOps };
        }
        if (config.Dtype != "auto" && !SupportedDtypes.Contains(config.Dtype))
        {
            problems.Add($"{Name} does not compute in {config.Dtype}, and nothing is converted silently; " +
                $"use --dtype auto, {string.Join(" or ", SupportedDtypes)}");
        }
        if (config.Quantization is { } method && !SupportedQuantizations.Contains(method))
        {
            problems.Add($"{method} quantization is currently not supported in {Name}; supported: " +
                (SupportedQuantizations.IsEmpty ? "none" : string.Join(", ", SupportedQuantizations)) +
                "; use an unquantized checkpoint");
        }
        return new PlatformConfigCheck(config, changes.ToImmutable(), problems.ToImmutable());
    }

    /// <summary>The facts of a card, or the error that says which there are.</summary>
    /// <exception cref="PlatformException">There is no such card.</exception>
    protected CardFacts CardAt(int index) => index >= 0 && index < Cards.Length
        ? Cards[index]
        : throw new PlatformException(
            $"card {index} was asked for, but {Name} has {Cards.Length} here, counted from 0");
}
