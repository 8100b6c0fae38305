using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Gaudi.Tests.Cluster.EndToEnd;

/// <summary>
/// Clients that leave at any point of a request or of its answer: the real server forgets them, frees their blocks, and counts
/// each of their choices as aborted.
/// </summary>
[Collection(TwoCardTests.Name)]
public sealed class LeaveTests(TwoCardServer shared)
{
    private const int Seed = 5;
    private const int CutCount = 40;
    private const int LeaverCount = 40;
    private const int FramesMax = 30;
    private const int ChoiceCount = 2;

    // Far longer than anybody stays.
    private const string Body = """{"prompt":"a","stream":true,"max_tokens":1900,"ignore_eos":true,"n":2,"temperature":1}""";

    private static readonly byte[] Request = Encoding.ASCII.GetBytes(
        $"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");

    [Fact]
    public async Task Clients_that_leave_at_any_point_leave_nothing_behind()
    {
        var random = new Random(Seed);
        var cuts = Enumerable.Range(0, CutCount).Select(_ => (Bytes: random.Next(Request.Length), Frames: -1));
        var leavers = Enumerable.Range(0, LeaverCount).Select(_ => (Bytes: Request.Length, Frames: random.Next(FramesMax)));
        var visits = cuts.Concat(leavers).Select((visit, number) => (visit.Bytes, visit.Frames, IsReset: number % 2 == 0)).ToArray();
        random.Shuffle(visits);
        var aborted = await CompanyTruth.AbortCountAsync(shared.Server);
        await Parallel.ForEachAsync(visits, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (visit, _) =>
        {
            try
            {
                await VisitAsync(visit.Bytes, visit.Frames, visit.IsReset);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {Seed}: {visit}", failure);
            }
        });
        await CompanyTruth.AssertBecomesIdleAsync(shared.Server);
        Assert.Equal(LeaverCount * ChoiceCount, await CompanyTruth.AbortCountAsync(shared.Server) - aborted);
        Assert.EndsWith("42", await Questions.TextAsync(shared.Server, "gaudi-demo", "What is 17 + 25?"), StringComparison.Ordinal);
        Assert.DoesNotContain(shared.Server.Error.Lines, line => line.Contains("[ERR", StringComparison.Ordinal));
    }

    // Writes so much, reads so many frames of the answer, or nothing, and leaves.
    private async Task VisitAsync(int byteCount, int frameCount, bool isReset)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(isReset, 0) };
        await socket.ConnectAsync(IPAddress.Loopback, shared.Server.Client.BaseAddress!.Port);
        await socket.SendAsync(Request.AsMemory(0, byteCount));
        if (frameCount < 0)
            return;
        using var reader = new StreamReader(new NetworkStream(socket));
        Assert.Equal("HTTP/1.1 200 OK", await reader.ReadLineAsync().WaitAsync(ServerProcess.Patience));
        while (frameCount > 0)
        {
            var line = await reader.ReadLineAsync().WaitAsync(ServerProcess.Patience);
            frameCount -= line!.StartsWith("data: ", StringComparison.Ordinal) ? 1 : 0;
        }
    }
}
