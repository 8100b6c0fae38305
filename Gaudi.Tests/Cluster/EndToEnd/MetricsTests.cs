using System.Diagnostics;
using System.Net.Http.Json;
using Gaudi.Tests.Cluster.Http;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>A real server's metrics after a known workload, for our parser and for Prometheus' own.</summary>
[Collection(ProcessTests.Name)]
public sealed class MetricsTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Counters_are_right_after_a_known_workload()
    {
        await using var server = await ServerProcess.ServeAsync(
            "gaudi-demo", "-tp", "2", "--block-size", "16", "--set", "gaudi.http.stats-interval-ms=200");
        var promptTokens = Enumerable.Range(1, 40).ToArray();
        for (var i = 0; i < 5; i++)
            await CompleteAsync(server, promptTokens, tokensMax: 10 + i);
        using (var embedded = await server.Client.PostAsJsonAsync("/v1/embeddings", new { input = promptTokens[..8] }))
            Assert.True(embedded.IsSuccessStatusCode);
        await LeaveAsync(server);

        var metrics = Exposition.Read(await server.Client.GetStringAsync("/metrics"));
        // Five times 40, of which the last four found two blocks of 16; and 8 tokens that were embedded; the leaver's 3.
        Assert.Equal((5 * 40) + 8 + 3, metrics["vllm:prompt_tokens_total"]);
        Assert.Equal(4 * 32, metrics["vllm:prompt_tokens_cached_total"]);
        Assert.Equal(4 * 32, metrics["vllm:prefix_cache_hits_total"]);
        Assert.Equal(5, metrics["vllm:request_success_total", ("finished_reason", "length")]);
        Assert.Equal(1, metrics["vllm:request_success_total", ("finished_reason", "stop")]); // The embedding.
        Assert.Equal(1, metrics["vllm:request_success_total", ("finished_reason", "abort")]);
        Assert.Equal(6, metrics["vllm:e2e_request_latency_seconds_count"]);
        Assert.Equal(6, metrics["vllm:request_queue_time_seconds_count"]);
        Assert.True(metrics["vllm:request_generation_tokens_bucket", ("le", "20")] >= 5); // 10 to 14; the leaver may have more.
        Assert.True(metrics["vllm:request_generation_tokens_sum"] > 60 && metrics["vllm:generation_tokens_total"] > 60);
        // Every token but a choice's last is computed: prompts less what was cached, and what was generated.
        Assert.True(metrics["vllm:iteration_tokens_total_sum"] >= (5 * 40) - (4 * 32) + 8 + 60 - 5);
        Assert.InRange(metrics["vllm:time_to_first_token_seconds_sum"], 0.001, 60);
        Assert.InRange(metrics["vllm:request_inference_time_seconds_sum"], metrics["vllm:request_decode_time_seconds_sum"], 600);
        Assert.Equal(6, metrics["http_requests_total", ("handler", "/v1/completions"), ("status", "2xx")]);
        Assert.Equal(1, metrics["vllm:cache_config_info", ("block_size", "16"), ("enable_prefix_caching", "True")]);
        await server.Error.WaitFor(line => line.StartsWith("Engine 000: Avg prompt throughput: ", StringComparison.Ordinal))
            .WaitAsync(ServerProcess.Patience);
        await PromtoolAsync(await server.Client.GetStringAsync("/metrics"));
    }

    [Fact]
    public async Task Preemptions_are_counted_by_the_choices_that_had_them()
    {
        // Ten blocks of 16 hold one choice of 120 positions and a part of another: whoever came later gives its blocks back.
        await using var server = await ServerProcess.ServeAsync(
            "gaudi-demo", "-tp", "2", "--block-size", "16", "--num-gpu-blocks-override", "10", "--max-model-len", "128");
        var prompts = Enumerable.Range(0, 4).Select(choice => Enumerable.Range(1 + choice, 20).ToArray()).ToArray();
        using (var response = await server.Client.PostAsJsonAsync(
                   "/v1/completions", new { prompt = prompts, max_tokens = 100, ignore_eos = true, temperature = 0 }))
            Assert.True(response.IsSuccessStatusCode);
        var metrics = Exposition.Read(await server.Client.GetStringAsync("/metrics"));
        var preemptionCount = metrics["vllm:num_preemptions_total"];
        Assert.True(preemptionCount > 0);
        Assert.Equal((4, preemptionCount), (
            metrics["vllm:request_num_preemptions_count"], metrics["vllm:request_num_preemptions_sum"]));
        Assert.Equal(4 * 20, metrics["vllm:prompt_tokens_total"]);
        Assert.Equal(4 * 100, metrics["vllm:generation_tokens_total"]);
        Assert.Equal(4, metrics["vllm:request_success_total", ("finished_reason", "length")]);
    }

    private static async Task CompleteAsync(ServerProcess server, int[] prompt, int tokensMax)
    {
        using var response = await server.Client.PostAsJsonAsync(
            "/v1/completions", new { prompt, max_tokens = tokensMax, ignore_eos = true, temperature = 0 });
        Assert.True(response.IsSuccessStatusCode);
    }

    // Leaves after the first frame; the server has noticed when it counts an abort.
    private static async Task LeaveAsync(ServerProcess server)
    {
        using (var message = new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
               {
                   Content = JsonContent.Create(new { prompt = new[] { 1, 2, 3 }, max_tokens = 1900, ignore_eos = true, stream = true }),
               })
        using (var handler = new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero })
        using (var client = new HttpClient(handler) { BaseAddress = server.Client.BaseAddress })
        using (var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead))
        using (var reader = new StreamReader(await response.Content.ReadAsStreamAsync()))
            await reader.ReadLineAsync();
        await CompanyTruth.AssertCountsAbortAsync(server, countBefore: 0);
    }

    private async Task PromtoolAsync(string text)
    {
        using var process = Start();
        if (process is null)
        {
            Clients.SkippedParts.Say("promtool's reading of /metrics: promtool is not installed (Debian package prometheus)");
            return;
        }
        await process.StandardInput.WriteAsync(text);
        process.StandardInput.Close();
        var said = await process.StandardError.ReadToEndAsync() + await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        output.WriteLine($"promtool check metrics: exit code {process.ExitCode}\n{said}");
        // 3 is its taste in names: those with a colon are vLLM's. Anything else is an error of form.
        Assert.Contains(process.ExitCode, new[] { 0, 3 });
        Assert.DoesNotContain("error while linting", said, StringComparison.Ordinal);
    }

    private static Process? Start()
    {
        try
        {
            return Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"])
            {
                RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
