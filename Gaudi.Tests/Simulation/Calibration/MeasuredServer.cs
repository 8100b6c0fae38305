using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Gaudi.Tests.Simulation.Calibration;

/// <summary>Runs `gaudi serve` with a model, measures it through HTTP, and ends it.</summary>
/// <param name="program">The program `gaudi`.</param>
/// <param name="say">Told what happens.</param>
internal sealed class MeasuredServer(string program, Action<string> say)
{
    private const int DecodeTokens = 48;
    private const int Rounds = 5;

    /// <summary>Prompt of the prefill that is measured. Unit: tokens.</summary>
    internal const int PromptTokens = 512;

    /// <summary>Measures one model.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="worldSize">Ranks.</param>
    /// <param name="batches">How many sequences generate at once, one measurement for each.</param>
    /// <param name="stop">Ends the server at once.</param>
    internal async Task<Timing> MeasureAsync(string folder, int worldSize, int[] batches, CancellationToken stop)
    {
        var ready = Path.Combine(folder, "ready.json");
        File.Delete(ready);
        var start = new ProcessStartInfo(program,
        [
            "serve", folder, "--port", "0", "--cluster-port", "0", "-tp", $"{worldSize}", "--ready-file", ready, "--no-enable-prefix-caching",
            "--max-model-len", "1024", "--disable-log-stats", "--served-model-name", "m",
        ])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { Length: > 0 } text)
                say($"gaudi: {text}");
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            while (!File.Exists(ready))
            {
                if (process.HasExited)
                    throw new InvalidOperationException($"`gaudi serve {folder}` ended with {process.ExitCode} before it was ready");
                await Task.Delay(TimeSpan.FromMilliseconds(50), stop);
            }
            var url = (string)JsonNode.Parse(await File.ReadAllTextAsync(ready, stop))!["url"]!;
            using var http = new HttpClient { BaseAddress = new Uri(url) };
            await StreamAsync(http, 8, 8, stop); // First steps are slower.
            var decode = new Dictionary<int, TimeSpan>();
            foreach (var batch in batches)
                decode[batch] = await DecodeAsync(http, batch, stop);
            return new Timing(decode, await PrefillAsync(http, stop));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task<TimeSpan> DecodeAsync(HttpClient http, int batch, CancellationToken stop)
    {
        var gaps = new List<TimeSpan>();
        for (var round = 0; round < Rounds; round++)
        {
            var streams = await Task.WhenAll(Enumerable.Range(0, batch).Select(_ => StreamAsync(http, 16, DecodeTokens, stop)));
            // The middle half, where all of them generate.
            gaps.AddRange(streams.SelectMany(one => one.Zip(one.Skip(1), (a, b) => b - a).Skip(DecodeTokens / 4).SkipLast(DecodeTokens / 4)));
        }
        return Median(gaps);
    }

    private static async Task<TimeSpan> PrefillAsync(HttpClient http, CancellationToken stop)
    {
        var first = new List<TimeSpan>();
        for (var round = 0; round < Rounds; round++)
            first.Add((await StreamAsync(http, PromptTokens, 1, stop))[0]);
        return Median(first);
    }

    // When each token came, from the request on.
    private static async Task<List<TimeSpan>> StreamAsync(HttpClient http, int promptTokens, int tokens, CancellationToken stop)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
        {
            Content = JsonContent.Create(new
            {
                model = "m", prompt = Enumerable.Range(0, promptTokens).Select(i => 100 + (i * 7 % 800)).ToArray(), max_tokens = tokens,
                temperature = 0, ignore_eos = true, stream = true, return_token_ids = true,
            }),
        };
        var clock = Stopwatch.StartNew();
        using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, stop);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(stop));
        var times = new List<TimeSpan>();
        while (await reader.ReadLineAsync(stop) is { } line)
        {
            if (!line.StartsWith("data: {", StringComparison.Ordinal))
                continue;
            var choices = JsonNode.Parse(line[6..])!["choices"] as JsonArray;
            if (choices is { Count: > 0 } && choices[0]!["token_ids"] is JsonArray { Count: > 0 } ids)
                times.AddRange(Enumerable.Repeat(clock.Elapsed, ids.Count));
        }
        return times;
    }

    private static TimeSpan Median(List<TimeSpan> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
