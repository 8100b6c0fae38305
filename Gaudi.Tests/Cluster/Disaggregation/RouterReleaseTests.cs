using System.Net;
using System.Text.Json.Nodes;
using Gaudi.Cluster.Disaggregation;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gaudi.Tests.Cluster.Disaggregation;

/// <summary>A prompt that was computed and is not fetched is let go of, whoever is to blame.</summary>
public sealed class RouterReleaseTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TaskCompletionSource<string> _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task<ScriptedServer> PrefillAsync() => ScriptedServer.StartAsync(http =>
    {
        if (http.Request.Path == "/v1/completions")
            return http.Response.WriteAsync("""{"kv_transfer_params":{"do_remote_prefill":true,"remote_request_id":"r"}}""");
        _released.TrySetResult(http.Request.Path);
        http.Response.StatusCode = 204;
        return Task.CompletedTask;
    });

    private async Task AssertReleasedAsync(ScriptedServer prefill)
    {
        await _released.Task.WaitAsync(Patience);
        var (what, body, authorization) = prefill.Asked.Last();
        Assert.Equal(("POST /v1/release_kv_blocks", """{"remote_request_id":"r"}""", "Bearer key"), (what, body, authorization));
        Assert.Equal(2, prefill.Asked.Count);
    }

    private static HttpClient Client() => new(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero });

    [Theory]
    [InlineData(400)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Decode_server_refuses(int status)
    {
        await using var prefill = await PrefillAsync();
        await using var decode = await ScriptedServer.StartAsync(http =>
        {
            http.Response.StatusCode = status;
            return http.Response.WriteAsync("no");
        });
        await using var router = await RouterTests.RouteAsync(prefill.Url, decode.Url);
        using var client = Client();
        using var answer = await client.SendAsync(RouterTests.Post(router, """{"prompt":"a"}"""));
        Assert.Equal((status, "no"), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        await AssertReleasedAsync(prefill);
    }

    [Fact]
    public async Task Decode_server_is_lost_before_it_answers()
    {
        await using var prefill = await PrefillAsync();
        var decode = await ScriptedServer.StartAsync(_ => Task.CompletedTask);
        await decode.DisposeAsync();
        await using var router = await RouterTests.RouteAsync(prefill.Url, decode.Url);
        using var client = Client();
        using var answer = await client.SendAsync(RouterTests.Post(router, """{"prompt":"a"}"""));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        await AssertReleasedAsync(prefill);
    }

    [Fact]
    public async Task Decode_server_is_lost_in_the_middle_of_its_answer_which_does_not_look_whole()
    {
        await using var prefill = await PrefillAsync();
        var isRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var decode = await ScriptedServer.StartAsync(async http =>
        {
            await http.Response.WriteAsync("half\n");
            await http.Response.Body.FlushAsync();
            await isRead.Task;
            http.Abort();
        });
        await using var router = await RouterTests.RouteAsync(prefill.Url, decode.Url);
        using var client = Client();
        using var answer = await client.SendAsync(
            RouterTests.Post(router, """{"prompt":"a"}"""), HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("half", await reader.ReadLineAsync());
        isRead.SetResult();
        await Assert.ThrowsAnyAsync<IOException>(() => reader.ReadToEndAsync());
        await AssertReleasedAsync(prefill);
    }

    [Fact]
    public async Task Client_leaves_before_the_decode_server_answers()
    {
        await using var prefill = await PrefillAsync();
        var (asked, gone) = (Signal(), Signal());
        await using var decode = await ScriptedServer.StartAsync(http => HangAsync(http, asked, gone));
        await using var router = await RouterTests.RouteAsync(prefill.Url, decode.Url);
        await LeaveAsync(router, asked);
        await gone.Task.WaitAsync(Patience);
        await AssertReleasedAsync(prefill);
    }

    [Fact]
    public async Task Client_leaves_while_its_prompt_is_computed()
    {
        var (asked, gone) = (Signal(), Signal());
        await using var prefill = await ScriptedServer.StartAsync(http => HangAsync(http, asked, gone));
        await using var decode = await ScriptedServer.StartAsync(_ => Task.CompletedTask);
        await using (var router = await RouterTests.RouteAsync(prefill.Url, decode.Url))
        {
            await LeaveAsync(router, asked);
            await gone.Task.WaitAsync(Patience); // The prefill server sees it go, and frees what it has.
        }
        Assert.Empty(decode.Asked);
        Assert.Single(prefill.Asked);
    }

    [Fact]
    public async Task Prompt_that_was_fetched_is_not_released()
    {
        await using var prefill = await PrefillAsync();
        await using var decode = await ScriptedServer.StartAsync(http => http.Response.WriteAsync("answer"));
        await using (var router = await RouterTests.RouteAsync(prefill.Url, decode.Url))
        {
            using var client = Client();
            using var answer = await client.SendAsync(RouterTests.Post(router, """{"prompt":"a"}"""));
            Assert.Equal("answer", await answer.Content.ReadAsStringAsync());
        } // It waits for what it still does.
        Assert.Single(prefill.Asked);
        Assert.Equal("r", (string?)JsonNode.Parse(Assert.Single(decode.Asked).Body)!["kv_transfer_params"]!["remote_request_id"]);
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static async Task HangAsync(HttpContext http, TaskCompletionSource asked, TaskCompletionSource gone)
    {
        using var watch = http.RequestAborted.Register(gone.SetResult);
        asked.SetResult();
        await gone.Task;
    }

    private static async Task LeaveAsync(Router router, TaskCompletionSource asked)
    {
        using var client = Client();
        using var leaving = new CancellationTokenSource();
        var answer = client.SendAsync(RouterTests.Post(router, """{"prompt":"a"}"""), leaving.Token);
        await asked.Task.WaitAsync(Patience);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }
}
