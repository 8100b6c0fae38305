namespace Gaudi.Cluster.Node;

/// <summary>From what the user wrote to the folder of a model.</summary>
internal static class ModelFolder
{
    /// <summary>The model that is served when none is named.</summary>
    internal const string Bundled = "gaudi-demo";

    /// <summary>A path as it is, else the name of a model bundled with the program.</summary>
    /// <param name="model">An absolute or relative path, or a name.</param>
    /// <param name="programFolder">The folder of the executable; bundled models lie in its folder Models.</param>
    /// <returns>The full path.</returns>
    /// <exception cref="NodeStartException">There is no such folder.</exception>
    internal static string Find(string model, string programFolder)
    {
        var models = Path.Combine(programFolder, "Models");
        var isName = model.Length > 0 && model == Path.GetFileName(model) && model is not ("." or "..");
        if (Directory.Exists(model))
            return Path.GetFullPath(model);
        if (isName && Directory.Exists(Path.Combine(models, model)))
            return Path.Combine(models, model);
        var bundled = Directory.Exists(models)
            ? string.Join(", ", Directory.EnumerateDirectories(models).Select(Path.GetFileName).Order(StringComparer.Ordinal))
            : "none";
        throw new NodeStartException(
            $"expected a model folder with config.json and safetensors, but `{model}` is no folder; "
            + $"give the path of one, or the name of a bundled model ({bundled})");
    }
}
