using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gaudi.Tests.Cluster.EndToEnd.Families;
using Gaudi.Tests.Demo;
using Gaudi.Tests.Hpu.Quantization;
using Gaudi.Tests.Training.Exams;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>The bundled model rounded to 4 or 8 bits, served over two worker processes, still adds up.</summary>
[Collection(ProcessTests.Name)]
public sealed class QuantizedServingTests(ITestOutputHelper output)
{
    private const int SumCount = 300;
    private const int ClientCount = 16;

    [Theory]
    [InlineData("gptq", 64, true)]
    [InlineData("awq", 64, false)]
    [InlineData("wna16", 32, false)]
    [InlineData("int8", 64, false)]
    [InlineData("fp8", 128, false)]
    public async Task Bundled_model_answers_nine_of_ten_sums(string scheme, int groupSize, bool hasOrder)
    {
        using var model = QuantizedCheckpoint.Of(DemoModel.Folder("gaudi-demo"), scheme, groupSize, hasOrder);
        await using var server = await ServerProcess.ServeAsync(
            model.Folder, "-tp", "2", "--served-model-name", "tiny", "--set", "gaudi.node.news-timeout-ms=60000");
        var right = 0;
        await Parallel.ForEachAsync(
            Exam.Sums(seed: 20_261_127, SumCount), new ParallelOptions { MaxDegreeOfParallelism = ClientCount },
            async (sum, cancellation) =>
            {
                if (sum.IsRight(await AnswerAsync(server, sum.Question, cancellation)))
                    Interlocked.Increment(ref right);
            });
        output.WriteLine($"{scheme}: {right} of {SumCount} right");
        Assert.InRange(right, 0.9 * SumCount, SumCount);
        var ops = await server.Client.GetStringAsync("/v1/ops");
        FamilyServing.AssertRan(JsonNode.Parse(ops)!, scheme is "gptq" or "awq" or "fp8" ? $"hpu_{scheme}" : "hpu_compressed_tensors");
    }

    private static async Task<string> AnswerAsync(ServerProcess server, string question, CancellationToken cancellation)
    {
        using var response = await server.Client.PostAsJsonAsync(
            "/v1/chat/completions",
            new { model = "tiny", messages = new[] { new { role = "user", content = question } }, temperature = 0, max_tokens = 100 },
            cancellation);
        var body = await response.Content.ReadAsStringAsync(cancellation);
        Assert.True(response.IsSuccessStatusCode, body);
        return (string)JsonNode.Parse(body)!["choices"]![0]!["message"]!["content"]!;
    }
}
