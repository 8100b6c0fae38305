using System.Collections.Immutable;
using Gaudi.Hpu.Ops.InTree;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Models.Lora;

/// <summary>
/// The weights of an adapter, held against the layers that may be changed: every name and shape is checked before one is read.
/// </summary>
public sealed class PeftAdapter : IDisposable
{
    private const string Prefix = "base_model.model.";

    private readonly Checkpoint _checkpoint;
    private readonly PeftConfig _config;

    private PeftAdapter(Checkpoint checkpoint, PeftConfig config) => (_checkpoint, _config) = (checkpoint, config);

    /// <summary>Opens and checks it.</summary>
    /// <param name="adapter">Its folder must still hold the files of its digest.</param>
    /// <param name="targets">What may be changed.</param>
    /// <param name="rankMax">Highest rank that is served.</param>
    /// <exception cref="CheckpointException">Other files, a form that is not served, or tensors of another model.</exception>
    public static PeftAdapter Open(LoraAdapter adapter, ImmutableArray<LoraTarget> targets, int rankMax)
    {
        var digest = PeftFolder.DigestOf(adapter.Folder);
        if (digest != adapter.Digest)
            throw new CheckpointException(
                $"{adapter.Folder}: expected the files with digest {adapter.Digest}, came {digest}; they were changed after the adapter "
                + "was loaded, or differ on this node: load it again under another name");
        var config = PeftConfig.Read(adapter.Folder, rankMax);
        var opened = new PeftAdapter(CheckpointFiles.Open(adapter.Folder, PeftFolder.WeightsFile), config);
        try
        {
            opened.Check(targets);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Whether the adapter changes a weight.</summary>
    public bool Changes(LoraTarget target) => _checkpoint.Find(Prefix + target.A(1).Name) is not null;

    /// <summary>What B A x is multiplied with.</summary>
    public float ScaleOf(LoraTarget target) => _config.ScaleOf(target.Module);

    /// <summary>This rank's slice of A, as stored: [rank, inputs]. The caller disposes it and does not write to it.</summary>
    public Tensor ReadA(LoraTarget target) => Read(A(target));

    /// <summary>This rank's slice of B, as stored: [outputs, rank]. The caller disposes it and does not write to it.</summary>
    public Tensor ReadB(LoraTarget target) => Read(B(target));

    /// <inheritdoc />
    public void Dispose() => _checkpoint.Dispose();

    private WeightSlice A(LoraTarget target) => target.A(_config.RankOf(target.Module));

    private WeightSlice B(LoraTarget target) => target.B(_config.RankOf(target.Module));

    private Tensor Read(WeightSlice slice) => _checkpoint.Read(Prefix + slice.Name, slice.Dimension, slice.Start, slice.Length);

    private void Check(ImmutableArray<LoraTarget> targets)
    {
        var known = targets.SelectMany(target => new[] { Prefix + target.A(1).Name, Prefix + target.B(1).Name })
            .ToHashSet(StringComparer.Ordinal);
        ImmutableArray<string> problems =
        [
            .. _checkpoint.Names.Where(name => !known.Contains(name) && !IsBase(name)).Select(Unknown),
            .. targets.Where(Mentions).SelectMany(target => new[] { A(target), B(target) }).Select(Misfit).OfType<string>(),
        ];
        if (_checkpoint.Names.Count == 0)
            problems = ["expected at least one A and B, came none"];
        if (problems.IsEmpty)
            return;
        const int Shown = 6;
        var more = problems.Length > Shown ? $"; and {problems.Length - Shown} more" : "";
        throw new CheckpointException(
            $"{_checkpoint.Folder}: the adapter does not fit this model: {string.Join("; ", problems.Distinct().Take(Shown))}{more}; "
            + "check that it was trained on the served model");
    }

    private bool Mentions(LoraTarget target) =>
        Changes(target) || _checkpoint.Find(Prefix + target.B(1).Name) is not null;

    private string? Misfit(WeightSlice slice)
    {
        if (_checkpoint.Find(Prefix + slice.Name) is not { } found)
            return $"{Prefix}{slice.Name}: expected [{string.Join(", ", slice.Shape)}], came none";
        if (!found.Shape.SequenceEqual(slice.Shape))
            return $"{found.Name}: expected [{string.Join(", ", slice.Shape)}], came [{string.Join(", ", found.Shape)}]";
        return found.Dtype is ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16 or ScalarType.Float64
            ? null
            : $"{found.Name}: expected floating-point values, came {found.Dtype}";
    }

    // PEFT writes the model's own embedding and head beside their factors (`save_embedding_layers`): the served model has them.
    private static bool IsBase(string name) => name.EndsWith(".embed_tokens.base_layer.weight", StringComparison.Ordinal)
        || name.EndsWith("lm_head.base_layer.weight", StringComparison.Ordinal);

    private static string Unknown(string name)
    {
        var why = name switch
        {
            _ when name.Contains("magnitude", StringComparison.Ordinal) => "a magnitude of DoRA, which is not served",
            _ when name.Contains(".experts.", StringComparison.Ordinal) =>
                "an expert's, and experts are not adapted: each would need a product of its own for its few tokens",
            _ => "no layer of this model that may be adapted (q, k, v, o, gate, up, down projections, embed_tokens, lm_head)",
        };
        return $"{name}: expected A or B of a layer, came {why}";
    }
}
