using System.Text.Json.Nodes;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>Requests of every kind, made from a seed: what one answers must not depend on the others.</summary>
internal static class CompanyRequests
{
    private static readonly string[] Openings =
    [
        "What is 17 + 25?", "What is 93 - 48?", "Turn the word gaudi around.", "Write the word card in capitals.",
        "Who are you?", "What is an op registry?", "gaudi gaudi gaudi gaudi gaudi gaudi", "1 2 3 4 5 6 7 8 9 10 11 12",
    ];

    private static readonly string[] Forms =
    [
        """{"regex": "[a-z ]{5,20}\\.|[0-9]+ is [0-9]{1,4}"}""",
        """{"choice": ["card", "cards", "a card of gaudi"]}""",
        """{"json": {"type": "object", "properties": {"sum": {"type": "integer"}, "word": {"type": "string", "maxLength": 12}}, "required": ["sum"]}}""",
    ];

    /// <summary>Bodies for /v1/completions, the same for a seed.</summary>
    internal static JsonObject[] Make(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(index => One(random, index))];
    }

    private static JsonObject One(Random random, int index)
    {
        // Half of the prompts begin alike for some hundred tokens, so that cached prefixes count.
        var shared = string.Concat(Enumerable.Repeat("Two cards share one model. ", random.Next(2) * random.Next(4, 20)));
        var body = new JsonObject
        {
            ["model"] = "gaudi-demo",
            ["prompt"] = $"{shared}{Openings[random.Next(Openings.Length)]} {random.Next(100)}",
            ["max_tokens"] = random.Next(1, 48),
            ["logprobs"] = random.Next(4),
            ["ignore_eos"] = random.Next(2) == 0,
            ["return_token_ids"] = true,
            ["seed"] = index,
            ["temperature"] = random.Next(2) == 0 ? 0 : Math.Round(random.NextDouble() * 1.5, 2),
        };
        var kind = random.Next(8);
        if (kind is 1 or 2)
        {
            body["repetition_penalty"] = 1.2;
            body["frequency_penalty"] = 0.3;
            body["presence_penalty"] = -0.2;
        }
        else if (kind == 3)
            (body["top_k"], body["top_p"], body["min_p"]) = (40, 0.9, 0.01);
        else if (kind == 4)
            (body["min_tokens"], body["ignore_eos"]) = (1, false);
        else if (kind == 5)
            body["logit_bias"] = new JsonObject { ["20"] = 3, ["21"] = -100 };
        else if (kind == 6)
            body["stop"] = new JsonArray("4", "ab");
        else if (kind == 7)
            (body["structured_outputs"], body["max_tokens"]) = (JsonNode.Parse(Forms[random.Next(Forms.Length)]), 40);
        return body;
    }
}
