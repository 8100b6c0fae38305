using System.Text.Json;

namespace Gaudi.Cluster.Node;

/// <summary>What `--ready-file` receives when the server answers.</summary>
/// <param name="Url">Such as http://127.0.0.1:8000.</param>
/// <param name="Pid">Of the node.</param>
/// <param name="Workers">Process ids of the node's workers, by card.</param>
internal sealed record ReadyFile(string Url, int Pid, int[] Workers)
{
    /// <summary>Writes the file whole: who sees it sees all of it.</summary>
    /// <exception cref="NodeStartException">It cannot be written.</exception>
    internal void Write(string path)
    {
        try
        {
            var unfinished = path + ".part";
            File.WriteAllText(unfinished, JsonSerializer.Serialize(this, JsonSerializerOptions.Web) + "\n");
            File.Move(unfinished, path, overwrite: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new NodeStartException($"expected to write the ready file `{path}`: {problem.Message}; choose another with --ready-file");
        }
    }

    /// <summary>Reads the file.</summary>
    internal static ReadyFile Read(string path) =>
        JsonSerializer.Deserialize<ReadyFile>(File.ReadAllText(path), JsonSerializerOptions.Web)
        ?? throw new JsonException("expected an object, came null");
}
