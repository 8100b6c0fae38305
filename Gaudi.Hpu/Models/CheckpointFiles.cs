using System.Collections.Immutable;
using System.Text.Json;
using Gaudi.Hpu.Models.Safetensors;

namespace Gaudi.Hpu.Models;

/// <summary>Finds and maps the files of a <see cref="Checkpoint"/>.</summary>
internal static class CheckpointFiles
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";

    public static Checkpoint Open(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new CheckpointException(
                $"expected a model folder at '{folder}', there is none; give a folder with config.json and safetensors");
        }
        if (File.Exists(Path.Combine(folder, SingleFile)))
            return Map(folder, [SingleFile], index: null);
        if (!File.Exists(Path.Combine(folder, IndexFile)))
        {
            var files = Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).Take(20);
            throw new CheckpointException(
                $"{folder}: expected {SingleFile} or {IndexFile}, came {string.Join(", ", files.DefaultIfEmpty("nothing"))}; "
                + "weights in another format must be converted to safetensors first");
        }
        var index = ReadIndex(Path.Combine(folder, IndexFile));
        return Map(folder, [.. index.Values.Distinct().Order(StringComparer.Ordinal)], index);
    }

    /// <summary>One file of that name, without an index.</summary>
    public static Checkpoint Open(string folder, string fileName) => Map(folder, [fileName], index: null);

    private static Checkpoint Map(string folder, ImmutableArray<string> fileNames, SortedDictionary<string, string>? index)
    {
        var files = new List<MappedFile>();
        try
        {
            var tensors = new Dictionary<string, (MappedFile File, SafetensorsEntry Entry)>(StringComparer.Ordinal);
            foreach (var fileName in fileNames)
            {
                var file = MappedFile.Open(Path.Combine(folder, fileName));
                files.Add(file);
                foreach (var entry in SafetensorsHeader.Read(file))
                {
                    if (tensors.TryAdd(entry.Name, (file, entry)))
                        continue;
                    throw new CheckpointException(
                        $"{file.Path}: tensor '{entry.Name}': expected in one file, it is also in "
                        + $"{tensors[entry.Name].File.Path}; remove the file that does not belong here");
                }
            }
            CheckIndex(folder, index, tensors);
            return new Checkpoint(folder, [.. files], tensors);
        }
        catch
        {
            foreach (var file in files)
                file.Release();
            throw;
        }
    }

    private static void CheckIndex(
        string folder,
        SortedDictionary<string, string>? index,
        Dictionary<string, (MappedFile File, SafetensorsEntry Entry)> tensors)
    {
        foreach (var (name, fileName) in index ?? [])
        {
            var expected = Path.Combine(folder, fileName);
            if (!tensors.TryGetValue(name, out var found))
            {
                throw new CheckpointException(
                    $"{expected}: expected a tensor '{name}', as {IndexFile} says, it has none; copy both again");
            }
            if (found.File.Path != expected)
            {
                throw new CheckpointException(
                    $"{expected}: expected a tensor '{name}', as {IndexFile} says, it is in {found.File.Path}; copy both again");
            }
        }
    }

    private static SortedDictionary<string, string> ReadIndex(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(
                File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
                throw new CheckpointException($"{path}: expected an object 'weight_map', there is none; copy the file again");
            var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var tensor in map.EnumerateObject())
                files.Add(tensor.Name, FileName(path, tensor));
            return files;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException) // The second: text that is not UTF-8.
        {
            throw new CheckpointException($"{path}: expected JSON, but {error.Message}; copy the file again", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path}: expected a readable file, but {error.Message}", error);
        }
    }

    private static string FileName(string path, JsonProperty tensor)
    {
        var name = tensor.Value.ValueKind == JsonValueKind.String ? tensor.Value.GetString()! : "";
        if (name.EndsWith(".safetensors", StringComparison.Ordinal) && !name.AsSpan().ContainsAny('/', '\\', '\0'))
            return name;
        throw new CheckpointException(
            $"{path}: tensor '{tensor.Name}': expected the name of a safetensors file in this folder, came "
            + $"{tensor.Value.GetRawText()}; copy the file again");
    }
}
