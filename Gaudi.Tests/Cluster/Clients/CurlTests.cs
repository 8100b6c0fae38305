using System.Diagnostics;
using System.Text.Json.Nodes;
using Gaudi.Tests.Cluster.EndToEnd;
using Xunit;

namespace Gaudi.Tests.Cluster.Clients;

/// <summary>curl against a real server: statuses, headers and bodies as they are on the wire.</summary>
[Collection(ProcessTests.Name)]
public sealed class CurlTests(ClientServer shared) : IClassFixture<ClientServer>
{
    private const string Chat = "/v1/chat/completions";
    private const string Ask = "\"messages\":[{\"role\":\"user\",\"content\":\"What is 17 + 25?\"}],\"temperature\":0";

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
        Assert.InRange(await shared.ExchangeCountAsync() - before, 25, 100);
    }

    [Fact]
    public async Task Key_is_asked_of_all_but_health()
    {
        await using var server = await ServerProcess.ServeAsync("gaudi-demo-draft", "-tp", "1", "--api-key", "secret");
        var url = server.Client.BaseAddress!.GetLeftPart(UriPartial.Authority);
        Assert.StartsWith("HTTP/1.1 200", await CurlAsync("-i", $"{url}/health"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await CurlAsync("-i", $"{url}/ping"), StringComparison.Ordinal);
        foreach (var path in new[] { "/v1/models", "/metrics", "/tokenize", "/load", "/version", "/nothing" })
        {
            var refused = await CurlAsync("-i", $"{url}{path}");
            Assert.StartsWith("HTTP/1.1 401", refused, StringComparison.Ordinal);
            Assert.Contains("WWW-Authenticate: Bearer", refused, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("secret", refused, StringComparison.Ordinal);
        }
        Assert.StartsWith("HTTP/1.1 401", await CurlAsync("-i", "-H", "Authorization: Bearer wrong", $"{url}/v1/models"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await CurlAsync("-i", "-H", "Authorization: Bearer secret", $"{url}/v1/models"), StringComparison.Ordinal);
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
        Assert.Equal("abort", await LeaveAsync());
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
        Assert.Equal(1024, Convert.FromBase64String((string)texts["data"]![0]!["embedding"]!).Length);
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
    private async Task<string> LeaveAsync()
    {
        using var curl = Start(["-N", "-s", .. Post("/v1/completions", """{"prompt":[5],"max_tokens":1900,"ignore_eos":true,"stream":true}""")]);
        await curl.StandardOutput.ReadLineAsync();
        curl.Kill();
        await curl.WaitForExitAsync();
        using var patience = new CancellationTokenSource(ServerProcess.Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (Http.Exposition.Read(await shared.Server.Client.GetStringAsync("/metrics"))
                   ["vllm:request_success_total", ("finished_reason", "abort")] < 1)
            await timer.WaitForNextTickAsync(patience.Token);
        return "abort";
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

    private static async Task<string> CurlAsync(params string[] arguments)
    {
        using var curl = Start(["-s", .. arguments]);
        var said = await curl.StandardOutput.ReadToEndAsync().WaitAsync(ServerProcess.Patience);
        await curl.WaitForExitAsync().WaitAsync(ServerProcess.Patience);
        Assert.Equal(0, curl.ExitCode);
        return said;
    }

    private static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("curl", arguments) { RedirectStandardOutput = true })!;
}
