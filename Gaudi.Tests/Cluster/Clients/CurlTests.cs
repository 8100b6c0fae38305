using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Gaudi.Tests.Cluster.EndToEnd;
using Xunit;

namespace Gaudi.Tests.Cluster.Clients;

/// <summary>curl against a real server: statuses, headers and bodies as they are on the wire.</summary>
[Collection(ClientTests.Name)]
public sealed class CurlTests(ClientServer shared)
{
    private const string Chat = "/v1/chat/completions";
    private const string Ask = "\"messages\":[{\"role\":\"user\",\"content\":\"What is 17 + 25?\"}],\"temperature\":0";

    private static readonly string[] Key = ["-H", $"Authorization: Bearer {ClientServer.Key}"];

    private string Url => shared.Server.Client.BaseAddress!.GetLeftPart(UriPartial.Authority);

    [Fact]
    public async Task Every_call_of_curls_is_right()
    {
        var before = await shared.ExchangeCountAsync();
        await ReportsAsync();
        await AnswersAsync();
        await FormsAsync();
        await TokensAndVectorsAsync();
        await ErrorsAsync();
        Assert.StartsWith("HTTP/1.1 413", await LargeAsync(), StringComparison.Ordinal);
        Assert.InRange(await shared.ExchangeCountAsync() - before, 25, 100);
        await CompanyTruth.AssertBecomesIdleAsync(shared.Server);
    }

    [Fact]
    public async Task Key_is_asked_of_all_but_health()
    {
        Assert.StartsWith("HTTP/1.1 200", await StrangerAsync("/health"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await StrangerAsync("/ping"), StringComparison.Ordinal);
        foreach (var path in new[] { "/v1/models", "/metrics", "/tokenize", "/load", "/version", "/nothing" })
        {
            var refused = await StrangerAsync(path);
            Assert.StartsWith("HTTP/1.1 401", refused, StringComparison.Ordinal);
            Assert.Contains("WWW-Authenticate: Bearer", refused, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(ClientServer.Key, refused, StringComparison.Ordinal);
        }
        Assert.StartsWith("HTTP/1.1 401", await StrangerAsync("/v1/models", "-H", "Authorization: Bearer wrong"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await CurlAsync("-i", $"{Url}/v1/models"), StringComparison.Ordinal);
    }

    private async Task ReportsAsync()
    {
        Assert.Equal("", await CurlAsync($"{Url}/health"));
        Assert.Equal("", await CurlAsync("-X", "POST", $"{Url}/ping"));
        Assert.NotNull(JsonNode.Parse(await CurlAsync($"{Url}/version"))!["version"]);
        Assert.Equal(0, (int)JsonNode.Parse(await CurlAsync($"{Url}/load"))!["server_load"]!);
        var card = JsonNode.Parse(await CurlAsync($"{Url}/v1/models"))!["data"]![0]!;
        Assert.Equal(("gaudi-demo", 2048), ((string?)card["id"], (int)card["max_model_len"]!));
        Assert.Equal("gaudi-demo", (string?)JsonNode.Parse(await CurlAsync($"{Url}/v1/models/gaudi-demo"))!["id"]);
        Assert.Contains("vllm:num_requests_running{", await CurlAsync($"{Url}/metrics"), StringComparison.Ordinal);
    }

    private async Task AnswersAsync()
    {
        var answer = await CurlAsync(["-i", "-H", "X-Request-Id: mine", .. Post(Chat, $"{{{Ask}}}")]);
        Assert.Contains("X-Request-Id: mine", answer, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("\"id\":\"chatcmpl-mine\"", answer, StringComparison.Ordinal);
        Assert.Contains("42\"", answer, StringComparison.Ordinal);
        var streamed = await CurlAsync(["-N", "-i", .. Post(Chat, $"{{{Ask},\"stream\":true,\"stream_options\":{{\"include_usage\":true}}}}")]);
        Assert.Contains("content-type: text/event-stream", streamed, StringComparison.OrdinalIgnoreCase);
        var frames = streamed.Split("\n\n").Where(frame => frame.StartsWith("data: ", StringComparison.Ordinal)).ToArray();
        Assert.Equal("data: [DONE]", frames[^1]);
        Assert.Empty(JsonNode.Parse(frames[^2][6..])!["choices"]!.AsArray());
        Assert.True((int)JsonNode.Parse(frames[^2][6..])!["usage"]!["completion_tokens"]! > 5);
        Assert.Equal("stop", (string?)JsonNode.Parse(frames[^3][6..])!["choices"]![0]!["finish_reason"]);
        var completed = await JsonAsync("/v1/completions", """{"prompt":"One two","max_tokens":3,"echo":true,"logprobs":1,"temperature":0}""");
        Assert.StartsWith("One two", (string?)completed["choices"]![0]!["text"], StringComparison.Ordinal);
        var many = await JsonAsync("/v1/completions", """{"prompt":[[5,6],[7]],"n":2,"max_tokens":2,"temperature":1}""");
        Assert.Equal(4, many["choices"]!.AsArray().Count);
        var scored = await JsonAsync("/v1/completions", """{"prompt":[5,6,7],"max_tokens":1,"prompt_logprobs":1}""");
        Assert.Equal(3, scored["choices"]![0]!["prompt_logprobs"]!.AsArray().Count);
        const string Seeded = """{"prompt":"a","seed":7,"temperature":1.5,"max_tokens":12}""";
        Assert.Equal(
            (string?)(await JsonAsync("/v1/completions", Seeded))["choices"]![0]!["text"],
            (string?)(await JsonAsync("/v1/completions", Seeded))["choices"]![0]!["text"]);
        var stopped = (await JsonAsync(Chat, $"{{{Ask},\"stop\":[\"42\"]}}"))["choices"]![0]!;
        Assert.Equal(("stop", "42"), ((string?)stopped["finish_reason"], (string?)stopped["stop_reason"]));
        await LeaveAsync();
    }

    private async Task FormsAsync()
    {
        var typed = await ContentAsync("""
            "response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"array","items":{"type":"boolean"},"minItems":2,"maxItems":2}}}
            """);
        Assert.Equal(2, JsonNode.Parse(typed)!.AsArray().Count);
        Assert.Matches(@"^\d{3}$", await ContentAsync("\"structured_outputs\":{\"regex\":\"[0-9]{3}\"}"));
        Assert.Contains(await ContentAsync("\"guided_choice\":[\"red\",\"blue\"]"), new[] { "red", "blue" });
        var called = await JsonAsync(Chat, $$"""
            {{{Ask}},"max_tokens":200,"tool_choice":"required","parallel_tool_calls":false,
             "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"x":{"type":"boolean"} },"required":["x"] } } }]}
            """);
        var call = called["choices"]![0]!["message"]!["tool_calls"]![0]!["function"]!;
        Assert.Equal("f", (string?)call["name"]);
        Assert.NotNull(JsonNode.Parse((string)call["arguments"]!)!["x"]);
        Assert.Equal("tool_calls", (string?)called["choices"]![0]!["finish_reason"]);
        var any = (await JsonAsync(Chat, $"{{{Ask},\"max_tokens\":300,\"response_format\":{{\"type\":\"json_object\"}}}}"))["choices"]![0]!;
        Assert.StartsWith("{", (string?)any["message"]!["content"], StringComparison.Ordinal);
        if ((string?)any["finish_reason"] == "stop")
            Assert.NotNull(JsonNode.Parse((string)any["message"]!["content"]!)!.AsObject());
        await CallsAsync();
    }

    private async Task CallsAsync()
    {
        const string Named = """
            "max_tokens":200,"tool_choice":{"type":"function","function":{"name":"f"}},
            "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"x":{"type":"boolean"}},"required":["x"]}}}]
            """;
        var frames = Http.Frames.Of(await CurlAsync(["-N", .. Post(Chat, $"{{{Ask},{Named},\"stream\":true}}")]));
        var pieces = frames.SelectMany(frame => frame["choices"]!.AsArray())
            .SelectMany(choice => choice!["delta"]!["tool_calls"]?.AsArray().ToArray() ?? []).ToArray();
        Assert.Equal("f", string.Concat(pieces.Select(piece => (string?)piece!["function"]!["name"])));
        Assert.NotNull(JsonNode.Parse(string.Concat(pieces.Select(piece => (string?)piece!["function"]!["arguments"])))!["x"]);
        var id = (string)pieces[0]!["id"]!;
        var answered = await JsonAsync(Chat, $$"""
            {"messages":[{"role":"user","content":"x"},
              {"role":"assistant","content":null,"tool_calls":[{"id":"{{id}}","type":"function","function":{"name":"f","arguments":"{\"x\":true}"} } ]},
              {"role":"tool","tool_call_id":"{{id}}","content":"4"}],"max_tokens":8,"temperature":0}
            """);
        Assert.True((int)answered["usage"]!["prompt_tokens"]! > 8);
    }

    private async Task TokensAndVectorsAsync()
    {
        var tokens = await JsonAsync("/tokenize", """{"prompt":"two cards","return_token_strs":true}""");
        Assert.Equal((int)tokens["count"]!, tokens["tokens"]!.AsArray().Count);
        var back = await JsonAsync("/detokenize", $$"""{"tokens":{{tokens["tokens"]!.ToJsonString()}}}""");
        Assert.EndsWith("two cards", (string?)back["prompt"], StringComparison.Ordinal);
        var conversation = await JsonAsync("/tokenize", $"{{{Ask.Replace(",\"temperature\":0", "", StringComparison.Ordinal)}}}");
        Assert.True((int)conversation["count"]! > 8);
        var vectors = await JsonAsync("/v1/embeddings", """{"input":["a","b"]}""");
        Assert.Equal([256, 256], vectors["data"]!.AsArray().Select(one => one!["embedding"]!.AsArray().Count));
        var texts = await JsonAsync("/v1/embeddings", """{"input":"a","encoding_format":"base64"}""");
        var bytes = Convert.FromBase64String((string)texts["data"]![0]!["embedding"]!);
        Assert.Equal(
            vectors["data"]![0]!["embedding"]!.AsArray().Select(value => (float)value!),
            bytes.Chunk(4).Select(four => BinaryPrimitives.ReadSingleLittleEndian(four)));
    }

    private async Task ErrorsAsync()
    {
        foreach (var (status, param, path, body) in new[]
                 {
                     (400, "top_p", Chat, $"{{{Ask},\"top_p\":7}}"), (400, "messages", Chat, "{}"), (400, "n", Chat, $"{{{Ask},\"n\":-1}}"),
                     (400, null, Chat, "[1]"), (400, null, Chat, "{"), (404, "model", Chat, $"{{{Ask},\"model\":\"gpt\"}}"),
                     (400, null, Chat, $"{{{Ask[..^1]}NaN}}"),
                     (400, "max_tokens", "/v1/completions", """{"prompt":"a","max_tokens":5000}"""),
                     (400, "input", "/v1/embeddings", "{}"), (404, null, "/v1/nothing", "{}"), (405, null, "/v1/models", "{}"),
                 })
        {
            var answer = await CurlAsync(["-i", .. Post(path, body)]);
            Assert.StartsWith($"HTTP/1.1 {status}", answer, StringComparison.Ordinal);
            var error = JsonNode.Parse(answer[answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)..])!["error"]!;
            Assert.Equal(status, (int)error["code"]!);
            Assert.Equal(param, (string?)error["param"]);
        }
    }

    // Reads for a moment and leaves; the server counts it.
    private async Task LeaveAsync()
    {
        var before = await CompanyTruth.AbortCountAsync(shared.Server);
        using var curl = ClientProcess.Start("curl", ["-N", "-s", .. Key, .. Post("/v1/completions", """{"prompt":[5],"max_tokens":1900,"ignore_eos":true,"stream":true}""")]);
        await curl.StandardOutput.ReadLineAsync().WaitAsync(ServerProcess.Patience);
        curl.Kill();
        await curl.WaitForExitAsync();
        await CompanyTruth.AssertCountsAbortAsync(shared.Server, before);
    }

    private string[] Post(string path, string body) => ["-H", "Content-Type: application/json", "-d", body, $"{Url}{path}"];

    private async Task<JsonNode> JsonAsync(string path, string body)
    {
        var answer = JsonNode.Parse(await CurlAsync(Post(path, body)))!;
        Assert.True(answer["error"] is null, answer.ToJsonString());
        return answer;
    }

    private async Task<string> ContentAsync(string fields) =>
        (string)(await JsonAsync(Chat, $"{{{Ask},\"max_tokens\":100,{fields}}}"))["choices"]![0]!["message"]!["content"]!;

    private static Task<string> CurlAsync(params string[] arguments) => RunAsync([.. Key, .. arguments]);

    private Task<string> StrangerAsync(string path, params string[] arguments) => RunAsync(["-i", .. arguments, $"{Url}{path}"]);

    // More than the limit of a body; curl asks before it sends so much.
    private async Task<string> LargeAsync()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, $"{{\"prompt\":\"{new string('a', 25 << 20)}\"}}");
            return await CurlAsync(["-i", .. Post("/v1/completions", $"@{path}")]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task<string> RunAsync(string[] arguments)
    {
        var (code, said, error) = await ClientProcess.RunAsync("curl", ["-sS", .. arguments]);
        Assert.True(code == 0, $"exit code {code}: {error}");
        return said;
    }
}
