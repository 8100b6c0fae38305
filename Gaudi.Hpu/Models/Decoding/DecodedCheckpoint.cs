using static TorchSharp.torch;

namespace Gaudi.Hpu.Models.Decoding;

/// <summary>A checkpoint whose quantized weights are read as plain ones; all others are read as they lie.</summary>
internal sealed class DecodedCheckpoint : ICheckpoint
{
    private readonly Checkpoint _stored;
    private readonly Dictionary<string, IWeightDecoder> _decoders;
    private readonly HashSet<string> _parts;

    /// <summary>Finds the quantized weights by their names, types and shapes; reads no values.</summary>
    /// <param name="stored">The files. Disposed with this.</param>
    /// <param name="quantization">How they are quantized.</param>
    /// <exception cref="CheckpointException">A scale is missing, or of a shape that does not fit its weight.</exception>
    public DecodedCheckpoint(Checkpoint stored, ModelQuantization quantization)
    {
        _stored = stored;
        _decoders = Mxfp4Weight.All(stored, quantization).ToDictionary(decoder => decoder.Name, StringComparer.Ordinal);
        _parts = _decoders.Values.SelectMany(decoder => decoder.Parts).ToHashSet(StringComparer.Ordinal);
        Names = [.. stored.Names.Where(name => !_parts.Contains(name)).Concat(_decoders.Keys).Order(StringComparer.Ordinal)];
    }

    /// <inheritdoc />
    public string Folder => _stored.Folder;

    /// <inheritdoc />
    public IReadOnlyList<string> Names { get; }

    /// <inheritdoc />
    public CheckpointTensor? Find(string name) =>
        _decoders.TryGetValue(name, out var decoder) ? decoder.Weight
        : _parts.Contains(name) ? null
        : _stored.Find(name);

    /// <inheritdoc />
    public Tensor Read(string name, int dimension, long start, long length) =>
        _decoders.TryGetValue(name, out var decoder)
            ? decoder.Read(dimension, start, length)
            : _stored.Read(name, dimension, start, length);

    /// <inheritdoc />
    public void Dispose() => _stored.Dispose();
}
