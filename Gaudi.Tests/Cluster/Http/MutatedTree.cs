using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gaudi.Tests.Cluster.Http;

/// <summary>A body whose text stays JSON while what it says is changed in one to three places.</summary>
internal static class MutatedTree
{
    // What schemas, tools and constraints are made of, in places where they may be wrong.
    private static readonly string[] Fragments =
    [
        "\"$ref\":\"#\"", "\"$ref\":\"#/$defs/none\"", "\"pattern\":\"(\"", "\"minimum\":1", "\"allOf\":[]", "\"anyOf\":[]", "\"type\":[]",
        "\"type\":\"integer\"", "\"enum\":[]", "\"const\":{\"a\":[null]}", "\"required\":[\"zz\"]", "\"additionalProperties\":true",
        "\"minItems\":99999999999", "\"maxItems\":-1", "\"items\":false", "\"minLength\":5,\"maxLength\":2", "\"format\":\"date\"",
        "\"regex\":\"a{0,999999}\"", "\"regex\":\"((((a*)*)*)*)*\"", "\"choice\":[\"\"]", "\"json\":{\"type\":\"object\"}", "\"strict\":true",
        "\"tool_choice\":\"required\"", "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}",
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"string\"}}}]", "\"tool_calls\":[]",
        "\"response_format\":{\"type\":\"json_object\"}", "\"stream\":true", "\"n\":3", "\"stop\":[\"\"]", "\"temperature\":1e308",
    ];

    private static readonly string[] Extremes =
    [
        "null", "true", "0", "-1", "1e308", "-1e308", "1e-320", "2147483648", "-9223372036854775808", "18446744073709551616", "0.1e1",
        "\"\"", "\"\\u0000\"", "\"\\ud83d\\ude00\"", "\"NaN\"", "[]", "{}",
    ];

    // Changes add up: deeper than any reader goes.
    private static readonly JsonSerializerOptions Deep = new(JsonSerializerOptions.Default) { MaxDepth = 1000 };

    /// <summary>The text of the changed body.</summary>
    internal static string Next(string body, Random random)
    {
        JsonNode root = JsonNode.Parse(body)!.AsObject();
        for (var change = random.Next(1, 4); change > 0; change--)
            Change(root, random);
        return root.ToJsonString(Deep);
    }

    private static void Change(JsonNode root, Random random)
    {
        var places = Places(root).ToArray();
        if (places.Length == 0)
            return;
        var (parent, key) = places[random.Next(places.Length)];
        var value = parent is JsonObject ? parent[key]?.DeepClone() : parent[int.Parse(key)]?.DeepClone();
        switch (random.Next(7))
        {
            case 0:
                Remove(parent, key);
                break;
            case 1:
                Put(parent, key, JsonNode.Parse(Extremes[random.Next(Extremes.Length)]));
                break;
            case 2:
                Put(parent, key, Foreign(random));
                break;
            case 3:
                Put(parent, key, random.Next(2) == 0 ? new JsonArray(value) : new JsonObject { [key] = value });
                break;
            case 4:
                Put(parent, key, Nested(value, depth: random.Next(2, 40)));
                break;
            case 5:
                // A name that another value had, so that it says something else.
                Remove(parent, key);
                var other = places[random.Next(places.Length)].Key;
                if (parent is JsonObject named)
                    named[other] = value;
                break;
            default:
                var fragment = JsonNode.Parse($"{{{Fragments[random.Next(Fragments.Length)]}}}")!.AsObject();
                var objects = places.Select(place => place.Parent).OfType<JsonObject>().Distinct().ToArray();
                var target = random.Next(2) == 0 ? root.AsObject() : objects[random.Next(objects.Length)];
                foreach (var (name, what) in fragment)
                    target[name] = what?.DeepClone();
                break;
        }
    }

    private static JsonNode? Foreign(Random random)
    {
        var other = JsonNode.Parse(MutatedBodies.Valid[random.Next(MutatedBodies.Valid.Length)])!;
        var places = Places(other).ToArray();
        var (parent, key) = places[random.Next(places.Length)];
        return (parent is JsonObject ? parent[key] : parent[int.Parse(key)])?.DeepClone();
    }

    private static JsonNode? Nested(JsonNode? value, int depth)
    {
        for (; depth > 0; depth--)
            value = depth % 2 == 0 ? new JsonArray(value) : new JsonObject { ["a"] = value };
        return value;
    }

    private static void Put(JsonNode parent, string key, JsonNode? value)
    {
        if (parent is JsonObject named)
            named[key] = value;
        else
            parent.AsArray()[int.Parse(key)] = value;
    }

    private static void Remove(JsonNode parent, string key)
    {
        if (parent is JsonObject named)
            named.Remove(key);
        else
            parent.AsArray().RemoveAt(int.Parse(key));
    }

    // Every value below, by the object or array that it stands in; the body's own first.
    private static IEnumerable<(JsonNode Parent, string Key)> Places(JsonNode node)
    {
        var children = node switch
        {
            JsonObject named => named.Select(field => (field.Key, field.Value)),
            JsonArray list => list.Select((item, index) => ($"{index}", item)),
            _ => [],
        };
        foreach (var (key, value) in children.ToArray())
        {
            yield return (node, key);
            if (value is not null)
            {
                foreach (var place in Places(value))
                    yield return place;
            }
        }
    }
}
