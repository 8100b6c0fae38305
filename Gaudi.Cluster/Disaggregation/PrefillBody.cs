using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gaudi.Cluster.Disaggregation;

/// <summary>From a client's request to the one that computes its prompt elsewhere.</summary>
internal static class PrefillBody
{
    /// <summary>The field by which servers hand blocks over.</summary>
    internal const string Params = "kv_transfer_params";

    // What only the answer depends on: the prompt is computed alike without it, and one token is drawn and dropped.
    private static readonly string[] OfTheAnswer =
    [
        "stream_options", "min_tokens", "stop", "stop_token_ids", "logprobs", "top_logprobs", "response_format", "structured_outputs",
        "guided_json", "guided_json_object", "guided_regex", "guided_choice", "bad_words", "allowed_token_ids", "logit_bias",
    ];

    /// <summary>The request for the prefill server.</summary>
    /// <returns>
    /// Null where one server answers alone: several choices or prompts, which have no one place for their blocks; scores of the
    /// prompt, which need every one of its rows; a prompt cut to the room that its answer leaves, because the two servers are asked
    /// for answers of other lengths; and what the client has routed itself.
    /// </returns>
    internal static JsonObject? Of(JsonObject request)
    {
        if (request[Params] is not null || request["prompt_logprobs"] is not null || IsTrue(request["echo"]) || !IsOne(request["n"])
            || HasSeveralPrompts(request["prompt"]) || IsCutToRoom(request["truncate_prompt_tokens"]))
            return null;
        var body = (JsonObject)request.DeepClone();
        foreach (var name in OfTheAnswer)
            body.Remove(name);
        body["stream"] = false;
        body["max_tokens"] = 1;
        if (body.ContainsKey("max_completion_tokens"))
            body["max_completion_tokens"] = 1;
        body[Params] = new JsonObject { ["do_remote_decode"] = true, ["do_remote_prefill"] = false };
        return body;
    }

    private static bool IsTrue(JsonNode? node) => node?.GetValueKind() == JsonValueKind.True;

    private static bool IsOne(JsonNode? node) => node is null
        || (node.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue(out double number) && number == 1);

    // -1; what is no count at all is refused by the server that answers alone.
    private static bool IsCutToRoom(JsonNode? node) => node is not null
        && !(node.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue(out double count) && count > 0);

    // One prompt is a text, a list of token ids, or a list of one of those.
    private static bool HasSeveralPrompts(JsonNode? prompt) => prompt is JsonArray { Count: > 1 } list
        && list[0]?.GetValueKind() is JsonValueKind.String or JsonValueKind.Array;
}
