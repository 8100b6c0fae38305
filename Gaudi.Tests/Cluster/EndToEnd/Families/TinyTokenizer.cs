using System.Text.Json.Nodes;

namespace Gaudi.Tests.Cluster.EndToEnd.Families;

/// <summary>A tokenizer of so many words, for checkpoints whose tokens mean nothing.</summary>
internal static class TinyTokenizer
{
    /// <summary>Writes tokenizer.json: token N is the word `wN` and a blank.</summary>
    internal static void Write(string folder, int vocabulary)
    {
        var words = new JsonObject();
        for (var id = 0; id < vocabulary; id++)
            words[$"w{id} "] = id;
        var model = new JsonObject
        {
            ["type"] = "BPE", ["ignore_merges"] = true, ["unk_token"] = "w0 ", ["merges"] = new JsonArray(), ["vocab"] = words,
        };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), new JsonObject { ["model"] = model }.ToJsonString());
    }
}
