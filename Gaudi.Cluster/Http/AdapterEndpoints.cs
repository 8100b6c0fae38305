using System.Text;
using Microsoft.AspNetCore.Http;

namespace Gaudi.Cluster.Http;

/// <summary>
/// POST /v1/load_lora_adapter and POST /v1/unload_lora_adapter, as vLLM has them. They name folders of this machine, so they are
/// there only where a setting says so.
/// </summary>
internal sealed class AdapterEndpoints(AdapterShelf adapters, HttpServerSettings settings, FieldLog fieldLog)
{
    private const string Name = "lora_name";
    private const string Path = "lora_path";

    /// <summary>Loads an adapter: `lora_name`, `lora_path`, and perhaps `load_inplace`.</summary>
    public async Task LoadAsync(HttpContext http)
    {
        var fields = await RequestBody.ReadAsync(http, settings.BodyBytesMax);
        var (name, path) = (Required(fields, Name), Required(fields, Path));
        var replaces = fields.Flag("load_inplace", absent: false);
        fieldLog.Log(fields);
        await adapters.LoadAsync(name, path, replaces, http.RequestAborted);
        await SayAsync(http, $"Success: the LoRA adapter '{name}' is loaded.");
    }

    /// <summary>Unloads an adapter: `lora_name`.</summary>
    public async Task UnloadAsync(HttpContext http)
    {
        var fields = await RequestBody.ReadAsync(http, settings.BodyBytesMax);
        var name = Required(fields, Name);
        fields.Integer("lora_int_id"); // vLLM's number, which it does not use either
        fieldLog.Log(fields);
        await adapters.UnloadAsync(name, http.RequestAborted);
        await SayAsync(http, $"Success: the LoRA adapter '{name}' is unloaded.");
    }

    private static string Required(RequestFields fields, string name) => fields.Text(name) is { Length: > 0 } text
        ? text
        : throw ApiException.Invalid($"Expected `{name}`: a string that is not empty; got none.", name);

    private static async Task SayAsync(HttpContext http, string sentence)
    {
        var bytes = Encoding.UTF8.GetBytes(sentence);
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.ContentLength = bytes.Length;
        await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
    }
}
