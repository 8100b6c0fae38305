using System.Collections.Immutable;
using Gaudi.Actors.Constraints;
using Gaudi.Actors.Text;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Models.Lora;

namespace Gaudi.Cluster.Http;

/// <summary>What the server needs to know of the one model it serves.</summary>
/// <param name="Name">What clients name in `model`.</param>
/// <param name="Folder">Where it was loaded from; never shown to clients.</param>
/// <param name="Tokenizer">Of the model folder.</param>
/// <param name="Template">Null when the folder has none: chat is then refused.</param>
/// <param name="ContextTokensMax">Prompt and generated tokens together. Unit: tokens.</param>
/// <param name="EosTokenIds">Each ends a choice with reason stop, unless ignore_eos.</param>
/// <param name="CreatedUnixSeconds">When the server began to serve it.</param>
public sealed record ServedModel(
    string Name, string Folder, Tokenizer Tokenizer, ChatTemplate? Template, int ContextTokensMax,
    ImmutableArray<int> EosTokenIds, long CreatedUnixSeconds)
{
    /// <summary>What applies where the client says nothing, as the folder's generation_config.json has it.</summary>
    public SamplingDefaults Sampling { get; init; } = SamplingDefaults.Neutral;

    /// <summary>Values of a hidden state, and so of an embedding.</summary>
    public int HiddenSize { get; init; }

    /// <summary>How hidden states become an embedding where the client says nothing.</summary>
    public PoolingMode Pooling { get; init; } = PoolingMode.Mean;

    /// <summary>Its adapters; null where none are served.</summary>
    public AdapterShelf? Adapters { get; init; }

    /// <summary>The adapter whose name this is; null for the model alone.</summary>
    public LoraAdapter? Lora { get; init; }

    /// <summary>The model of the adapter; null for the model alone.</summary>
    public string? BaseName { get; init; }

    /// <summary>What the engine calls the model.</summary>
    public string EngineName => BaseName ?? Name;

    /// <summary>What a request means by a name: this model, where it names none, or one of its adapters.</summary>
    /// <exception cref="ApiException">It names another.</exception>
    internal ServedModel Named(string? name)
    {
        if (name is null or "" || name == Name)
            return this;
        return Adapters?.Find(name) is { } found
            ? this with { Name = name, BaseName = Name, Lora = found.Adapter }
            : throw new ApiException(ApiError.UnknownModel(name));
    }

    /// <summary>How it takes images; null for a model that reads text alone.</summary>
    public IImageIntake? Images { get; init; }

    /// <summary>
    /// Why an answer of this model cannot have a form, as a sentence for the client; null where it can. Any thread.
    /// </summary>
    public Func<OutputConstraint, string?> ConstraintProblem { get; init; } = _ => null;
}
