namespace Gaudi.Cluster.Node;

/// <summary>From the path of an adapter as it was named to its folder.</summary>
internal static class AdapterFolder
{
    /// <summary>A path as it is, else the name of an adapter bundled with the program.</summary>
    /// <param name="path">An absolute or relative path, or a name.</param>
    /// <param name="programFolder">The folder of the executable; bundled adapters lie in its folder Models.</param>
    /// <returns>The full path.</returns>
    /// <exception cref="NodeStartException">There is no such folder.</exception>
    internal static string Find(string path, string programFolder)
    {
        if (Directory.Exists(path))
            return Path.GetFullPath(path);
        var bundled = Path.Combine(programFolder, "Models", Path.GetFileName(path));
        return path == Path.GetFileName(path) && File.Exists(Path.Combine(bundled, "adapter_config.json"))
            ? bundled
            : throw new NodeStartException(
                $"expected an adapter's folder with adapter_config.json and adapter_model.safetensors, but `{path}` is no folder");
    }
}
