using System.Net.Http.Headers;
using System.Text;
using Gaudi.Tests.Cluster.Http;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>Mutated bodies against the whole of a real server: no fault of its own, nothing left behind, and it still answers.</summary>
[Collection(TwoCardTests.Name)]
public sealed class FuzzTests(TwoCardServer shared, ITestOutputHelper output)
{
    private const int Seed = 11;
    private const int BodyCount = 600;
    private const int ClientCount = 8;

    [Fact]
    public async Task Mutated_bodies_are_answered_and_leave_nothing_behind()
    {
        var random = new Random(Seed);
        var requests = Enumerable.Range(0, BodyCount).Select(_ => (Path: MutatedBodies.PathOf(random), Body: MutatedBodies.Next(random)))
            .ToArray();
        var statuses = new System.Collections.Concurrent.ConcurrentDictionary<int, int>();
        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = ClientCount }, async (request, stop) =>
        {
            using var content = new ByteArrayContent(request.Body);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await shared.Server.Client.PostAsync(request.Path, content, stop);
            var status = (int)response.StatusCode;
            statuses.AddOrUpdate(status, 1, (_, count) => count + 1);
            await AnswerShape.AssertWellAsync(
                request.Path, response, $"seed {Seed}, {request.Path}\n{Encoding.UTF8.GetString(request.Body)}");
        });
        output.WriteLine(string.Join(", ", statuses.OrderBy(one => one.Key).Select(one => $"{one.Key}: {one.Value}")));
        Assert.True(statuses.GetValueOrDefault(200) > 30 && statuses.GetValueOrDefault(400) > 100);
        await CompanyTruth.AssertBecomesIdleAsync(shared.Server);
        Assert.EndsWith("42", await Questions.TextAsync(shared.Server, "gaudi-demo", "What is 17 + 25?"), StringComparison.Ordinal);
        Assert.DoesNotContain(shared.Server.Error.Lines, line => line.Contains("[ERR", StringComparison.Ordinal));
    }
}
