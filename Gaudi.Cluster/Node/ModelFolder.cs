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
    /// <exception cref="NodeStartException">There is no such folder, or it holds an adapter and no model.</exception>
    internal static string Find(string model, string programFolder)
    {
        var models = Path.Combine(programFolder, "Models");
        var isName = model.Length > 0 && model == Path.GetFileName(model) && model is not ("." or "..");
        if (Directory.Exists(model))
            return ModelIn(Path.GetFullPath(model));
        if (isName && Directory.Exists(Path.Combine(models, model)))
            return ModelIn(Path.Combine(models, model));
        var bundled = Directory.Exists(models)
            ? string.Join(", ", Directory.EnumerateDirectories(models).Where(folder => !IsAdapter(folder))
                .Select(Path.GetFileName).Order(StringComparer.Ordinal))
            : "none";
        throw new NodeStartException(
            $"expected a model folder with config.json and safetensors, but `{model}` is no folder; "
            + $"give the path of one, or the name of a bundled model ({bundled})");
    }

    private static string ModelIn(string folder) => !IsAdapter(folder)
        ? folder
        : throw new NodeStartException(
            $"expected a model folder with config.json and safetensors, but `{folder}` holds a LoRA adapter; "
            + "give its base model (`base_model_name_or_path` in its adapter_config.json)");

    private static bool IsAdapter(string folder) =>
        File.Exists(Path.Combine(folder, "adapter_config.json")) && !File.Exists(Path.Combine(folder, "config.json"));
}
