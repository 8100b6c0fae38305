using System.Collections.Immutable;
using Gaudi.Hpu.Models.Decoding;
using Gaudi.Hpu.Models.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Gaudi.Hpu.Models;

/// <summary>
/// The safetensors of a model folder, mapped into memory: `model.safetensors`, or the files that
/// `model.safetensors.index.json` names. Disposing it leaves the tensors read from it alive: a file is unmapped when the last
/// of them is disposed.
/// </summary>
public sealed class Checkpoint : ICheckpoint
{
    private readonly ImmutableArray<MappedFile> _files;
    private readonly Dictionary<string, (MappedFile File, SafetensorsEntry Entry)> _tensors;
    private bool _isDisposed;

    internal Checkpoint(
        string folder,
        ImmutableArray<MappedFile> files,
        Dictionary<string, (MappedFile File, SafetensorsEntry Entry)> tensors)
    {
        Folder = folder;
        _files = files;
        _tensors = tensors;
        Names = [.. tensors.Keys.Order(StringComparer.Ordinal)];
    }

    /// <inheritdoc />
    public string Folder { get; }

    /// <inheritdoc />
    public IReadOnlyList<string> Names { get; }

    /// <summary>The mapped files, in the order of their names.</summary>
    internal ImmutableArray<MappedFile> Files => _files;

    /// <summary>Stored bytes of all tensors.</summary>
    public long TotalBytes => _tensors.Values.Sum(tensor => tensor.Entry.Bytes);

    /// <summary>Maps the files and checks every header. No tensor's bytes are read.</summary>
    /// <exception cref="CheckpointException">A file is missing, cut or damaged, or does not hold what the index says.</exception>
    public static Checkpoint Open(string modelFolder) => CheckpointFiles.Open(modelFolder);

    /// <summary>The weights as a model reads them: quantized ones are decoded where they are read.</summary>
    /// <param name="modelFolder">As in the other form.</param>
    /// <param name="quantization">From config.json; null where the weights are plain.</param>
    /// <exception cref="CheckpointException">Also: a quantized weight lacks its scales, or their shapes do not fit.</exception>
    public static ICheckpoint Open(string modelFolder, ModelQuantization? quantization)
    {
        var stored = Open(modelFolder);
        if (quantization is null)
            return stored;
        try
        {
            return new DecodedCheckpoint(stored, quantization);
        }
        catch
        {
            stored.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public CheckpointTensor? Find(string name) =>
        _tensors.TryGetValue(name, out var found)
            ? new CheckpointTensor(name, found.Entry.Type.Dtype, found.Entry.Shape, found.Entry.Bytes)
            : null;

    /// <inheritdoc />
    public Tensor Read(string name, int dimension, long start, long length)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (!_tensors.TryGetValue(name, out var found))
        {
            throw new CheckpointException(
                $"{Folder}: expected a tensor '{name}', there is none among {Names.Count}; "
                + "check that config.json belongs to these weights");
        }
        var (file, entry) = found;
        CheckPart(file, entry, dimension, start, length);
        if (dimension == 0 || entry.Shape.IsEmpty)
            return Rows(file, entry, start, length);
        using var whole = Rows(file, entry, 0, entry.Shape[0]);
        using var columns = whole.narrow(dimension, start, length); // [rows, length], a view
        return columns.clone();
    }

    /// <summary>Lets go of the files; tensors read from them stay.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        foreach (var file in _files)
            file.Release();
    }

    private static void CheckPart(MappedFile file, SafetensorsEntry entry, int dimension, long start, long length)
    {
        var sizes = entry.Shape.IsEmpty ? [1] : entry.Shape; // A scalar is read as one row.
        if (dimension >= 0 && dimension < sizes.Length
            && start >= 0 && length >= 0 && start <= sizes[dimension] && length <= sizes[dimension] - start)
            return;
        throw new CheckpointException(
            $"{file.Path}: tensor '{entry.Name}': expected a part of [{string.Join(", ", entry.Shape)}], came indices "
            + $"{start} to {start + length} of dimension {dimension}; check that config.json belongs to these weights");
    }

    private static Tensor Rows(MappedFile file, SafetensorsEntry entry, long start, long length)
    {
        long[] shape = entry.Shape.IsEmpty ? [] : [length, .. entry.Shape.AsSpan()[1..]];
        if (shape.Contains(0))
            return torch.empty(shape, dtype: entry.Type.Dtype);
        if (entry.Shape.IsEmpty && length == 0)
            return torch.empty(0, dtype: entry.Type.Dtype);
        var rowBytes = entry.Shape.IsEmpty ? entry.Bytes : entry.Bytes / entry.Shape[0];
        return MappedTensors.Read(file, entry.Begin + start * rowBytes, entry.Type, shape);
    }
}
