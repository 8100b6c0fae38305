using System.Collections.Immutable;
using Gaudi.Hpu.Layers;
using Gaudi.Hpu.Models;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Hpu.Ops.Kernels;
using Gaudi.Hpu.Quantization;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Execution;

/// <summary>The type in which one model's keys and values are kept, and what each layer keeps.</summary>
/// <param name="Dtype">The activations' type, or float8.</param>
/// <param name="Layers">First to last, those that keep keys and values with their scales.</param>
/// <param name="Notes">What the user should know: the type and where its scales come from. Empty where it is the activations'.</param>
internal sealed record KvStorage(ScalarType Dtype, ImmutableArray<LayerMemoryShape> Layers, ImmutableArray<string> Notes)
{
    /// <summary>What can be asked for; all but the first are one and the same.</summary>
    public static ImmutableArray<string> Names { get; } = ["auto", "fp8", "fp8_e4m3", "fp8_inc"];

    /// <summary>Behind a purpose in the ledger.</summary>
    public string Told => IsFloat8 ? " (fp8_e4m3)" : "";

    /// <summary>Whether keys and values are float8.</summary>
    public bool IsFloat8 => Dtype == E4m3.Dtype;

    /// <summary>Refuses what cannot be. Reads nothing.</summary>
    /// <param name="asked">One of <see cref="Names"/>.</param>
    /// <param name="config">Of the model.</param>
    /// <returns>Whether keys and values are float8: as asked, or as the checkpoint says where `auto` leaves it to it.</returns>
    /// <exception cref="CheckpointException">Another word, or a model that has no keys and values.</exception>
    public static bool Check(string asked, ModelConfig config)
    {
        if (!Names.Contains(asked))
            throw new CheckpointException($"--kv-cache-dtype must be {string.Join(", ", Names[..^1])} or {Names[^1]}, not `{asked}`");
        var attends = config.Mamba is null || config.MixerLayers.Contains(false);
        if (asked != "auto" && !attends)
            throw new CheckpointException(
                $"--kv-cache-dtype {asked}: this {config.Architecture} keeps states, in float32, and no keys or values; leave it out");
        return attends && (asked != "auto" || config.HasFloat8Kv);
    }

    /// <summary>Chooses the type, and reads the scales where it is float8.</summary>
    /// <param name="settings">What was asked for.</param>
    /// <param name="config">Of the model.</param>
    /// <param name="layers">What each keeps, without scales.</param>
    /// <param name="dtype">Of activations.</param>
    /// <param name="checkpoint">May hold scales; they count where keys and values are float8.</param>
    /// <param name="range">Of the card.</param>
    /// <exception cref="CheckpointException">See <see cref="Check"/>; or a scale is none.</exception>
    public static KvStorage Of(
        ModelRunnerSettings settings, ModelConfig config, ImmutableArray<LayerMemoryShape> layers, ScalarType dtype,
        ICheckpoint checkpoint, Fp8Range range)
    {
        if (!Check(settings.KvCacheDtype, config))
            return new KvStorage(dtype, layers, []);
        var stored = KvCheckpointScales.Read(checkpoint);
        var scaled = layers.Select((layer, index) => layer is KvLayerShape kept
            ? kept with { Scales = stored.Of(index, range, settings.Fp8.AdjustsScales, kept.SharedValueDim is not null) }
            : layer);
        var kvLayers = layers.Index().Where(layer => layer.Item is KvLayerShape).ToArray();
        var withScales = kvLayers.Count(layer => stored.Has(layer.Index));
        var why = settings.KvCacheDtype == "auto"
            ? "the checkpoint's kv_cache_scheme"
            : $"--kv-cache-dtype {settings.KvCacheDtype}";
        var origin = withScales == 0
            ? "the checkpoint has no scales for them, so they are stored as they are"
            : $"with the checkpoint's scales in {withScales} of {kvLayers.Length} layers";
        return new KvStorage(
            E4m3.Dtype, [.. scaled],
            [$"keys and values are kept in fp8_e4m3 up to {range.Max}, a byte each, as {why} says; {origin}"]);
    }
}
