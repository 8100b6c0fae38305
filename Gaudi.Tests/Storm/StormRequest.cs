using System.Text.Json.Nodes;

namespace Gaudi.Tests.Storm;

/// <summary>One of the requests that clients send again and again.</summary>
/// <param name="Path">Where it goes.</param>
/// <param name="Body">JSON.</param>
internal sealed record StormRequest(string Path, string Body)
{
    private static readonly string[] Openings =
    [
        "What is 17 + 25?", "What is 93 - 48?", "Turn the word gaudi around.", "Write the word card in capitals.",
        "Who are you?", "What is an op registry?", "1 2 3 4 5 6 7 8 9 10 11 12",
    ];

    private static readonly string[] Forms =
    [
        """{"type": "object", "properties": {"sum": {"type": "integer"}, "word": {"type": "string", "maxLength": 40}}, "required": ["sum", "word"]}""",
        """{"type": "array", "items": {"type": "integer"}, "minItems": 8, "maxItems": 20}""",
        """{"type": "object", "properties": {"name": {"enum": ["card", "rank"]}, "tags": {"type": "array", "items": {"type": "string", "maxLength": 9}, "minItems": 3, "maxItems": 6}}, "required": ["name", "tags"]}""",
    ];

    /// <summary>Greedy, seeded and constrained requests in turn, to both endpoints; the same for a seed.</summary>
    internal static StormRequest[] Make(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(index => Draw(random, index))];
    }

    private static StormRequest Draw(Random random, int index)
    {
        // Some prompts begin alike, so that cached prefixes count; their blocks die with an epoch.
        var shared = string.Concat(Enumerable.Repeat("Two cards share one model. ", random.Next(2) * random.Next(4, 16)));
        var text = $"{shared}{Openings[random.Next(Openings.Length)]} {random.Next(100)}";
        var body = new JsonObject
        {
            ["model"] = "gaudi-demo", ["stream"] = true, ["return_token_ids"] = true, ["max_tokens"] = random.Next(24, 96),
            ["temperature"] = 0,
        };
        switch (index % 3)
        {
            case 0:
                body["ignore_eos"] = true;
                break;
            case 1:
                (body["temperature"], body["seed"], body["ignore_eos"]) = (Math.Round(0.3 + random.NextDouble(), 2), index, true);
                break;
            default:
                (body["temperature"], body["seed"]) = (random.Next(2) == 0 ? 0 : 0.8, index);
                body["response_format"] = new JsonObject
                {
                    ["type"] = "json_schema",
                    ["json_schema"] = new JsonObject { ["name"] = "form", ["schema"] = JsonNode.Parse(Forms[random.Next(Forms.Length)]) },
                };
                break;
        }
        if (random.Next(2) == 0)
        {
            body["prompt"] = text;
            return new StormRequest("/v1/completions", body.ToJsonString());
        }
        body["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text });
        return new StormRequest("/v1/chat/completions", body.ToJsonString());
    }
}
