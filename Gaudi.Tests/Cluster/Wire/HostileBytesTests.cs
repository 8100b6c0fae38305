using System.Collections;
using System.Runtime.Serialization;
using Akka.Actor;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Requests;
using Gaudi.Cluster.Wire;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Ops.InTree;
using Gaudi.Tests.Actors;
using Xunit.Abstractions;
using Xunit;

namespace Gaudi.Tests.Cluster.Wire;

/// <summary>Bytes that no peer of ours would send: a refusal or a message that may be used, and no memory to speak of.</summary>
public sealed class HostileBytesTests : ActorTests
{
    // Under it lie the exception with its stack and the lists that a few hundred bytes may ask for.
    private const long AllocatedBytesMax = 1 << 20;

    // 7-bit encoded: -1, the most negative, the largest, one that does not end in five bytes, and 64.
    private static readonly byte[][] Counts =
    [
        [0xff, 0xff, 0xff, 0xff, 0x0f], [0x80, 0x80, 0x80, 0x80, 0x08], [0xff, 0xff, 0xff, 0xff, 0x07],
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0x40],
    ];

    private readonly ITestOutputHelper _output;
    private readonly GaudiWireSerializer _serializer;

    public HostileBytesTests(ITestOutputHelper output)
    {
        _output = output;
        _serializer = new GaudiWireSerializer((ExtendedActorSystem)Sys);
    }

    public static TheoryData<string> Manifests => [.. WireGolden.Bytes.Keys];

    private static byte[] Golden(string manifest) => Convert.FromHexString(WireGolden.Bytes[manifest]);

    // Null when refused.
    private object? Read(string manifest, byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        object? message;
        try
        {
            message = _serializer.FromBinary(bytes, manifest);
        }
        catch (SerializationException)
        {
            message = null;
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocatedBytesMax);
        return message;
    }

    private void AssertUsable(string manifest, object message)
    {
        Assert.All(Parts(message), part =>
        {
            Assert.False(part is Enum choice && !Enum.IsDefined(choice.GetType(), choice), $"{part} is undefined");
            Assert.False(part is string text && text.Contains('\ufffd', StringComparison.Ordinal), "broken UTF-8 was repaired");
        });
        Assert.Equal(manifest, _serializer.Manifest(message));
        var bytes = _serializer.ToBinary(message);
        Assert.Equal(bytes, _serializer.ToBinary(_serializer.FromBinary(bytes, manifest)));
    }

    private static IEnumerable<object?> Parts(object? value) => value switch
    {
        null or string or IActorRef or ValueType and not IEnumerable => [value],
        IEnumerable list => list.Cast<object?>().SelectMany(Parts),
        _ => Fields.Properties(value).SelectMany(one => Parts(one.GetValue(value))),
    };

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Count_of_any_size_in_any_place_costs_no_memory(string manifest)
    {
        var golden = Golden(manifest);
        for (var place = 0; place <= golden.Length; place++)
        {
            foreach (var count in Counts)
            {
                if (Read(manifest, [.. golden[..place], .. count]) is { } cut)
                    AssertUsable(manifest, cut);
                if (place < golden.Length && Read(manifest, [.. golden[..place], .. count, .. golden[(place + 1)..]]) is { } message)
                    AssertUsable(manifest, message);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Golden_with_bytes_changed_put_in_and_taken_out_is_refused_or_usable(string manifest)
    {
        var seed = manifest.Sum(letter => letter);
        _output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var (usableCount, refusedCount) = (0, 0);
        for (var i = 0; i < 1500; i++)
        {
            List<byte> bytes = [.. Golden(manifest)];
            for (var change = random.Next(1, 5); change > 0; change--)
                Change(bytes, random);
            var message = Read(manifest, [.. bytes]);
            if (message is null)
                refusedCount++;
            else
            {
                usableCount++;
                AssertUsable(manifest, message);
            }
        }
        _output.WriteLine($"{usableCount} usable, {refusedCount} refused");
        Assert.NotEqual(0, refusedCount);
    }

    private static void Change(List<byte> bytes, Random random)
    {
        var place = random.Next(bytes.Count + 1);
        switch (random.Next(4))
        {
            case 0 when place < bytes.Count:
                bytes[place] = (byte)random.Next(256);
                break;
            case 1 when place < bytes.Count:
                bytes[place] ^= (byte)(1 << random.Next(8));
                break;
            case 2 when place < bytes.Count:
                bytes.RemoveRange(place, random.Next(1, Math.Min(8, bytes.Count - place) + 1));
                break;
            default:
                bytes.InsertRange(place, Enumerable.Range(0, random.Next(1, 8)).Select(_ => (byte)random.Next(256)));
                break;
        }
    }

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Noise_is_refused_or_usable(string manifest)
    {
        const int seed = 5;
        _output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var i = 0; i < 500; i++)
        {
            var bytes = new byte[random.Next(0, 300)];
            random.NextBytes(bytes);
            if (Read(manifest, bytes) is { } message)
                AssertUsable(manifest, message);
        }
    }

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Message_over_the_limit_is_refused_where_it_is_received(string manifest) => Assert.Contains(
        "a message takes at most 16000000",
        Assert.Throws<SerializationException>(
            () => _serializer.FromBinary(new byte[GaudiWireSerializer.MessageBytesMax + 1], manifest)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Largest_message_that_asks_for_the_longest_list_costs_memory_in_proportion_to_its_bytes()
    {
        // A step of an empty group id whose list of sequences says it has as many entries as bytes are left.
        const int headBytes = 1 + 8 + 8;
        var bytes = new byte[GaudiWireSerializer.MessageBytesMax];
        var count = bytes.Length - headBytes - 4;
        for (var digit = 0; digit < 4; digit++)
            bytes[headBytes + digit] = (byte)(((count >> (7 * digit)) & 0x7f) | (digit < 3 ? 0x80 : 0));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<SerializationException>(() => _serializer.FromBinary(bytes, "RunStep2"));
        var allocatedBytes = GC.GetAllocatedBytesForCurrentThread() - before;
        _output.WriteLine($"{(double)allocatedBytes / bytes.Length:0.0} bytes for one");
        // A sequence of 18 zero bytes becomes a record, and the list of them grows.
        Assert.InRange(allocatedBytes, 0, 32L * bytes.Length);
    }

    [Fact]
    public void Count_that_the_bytes_do_not_keep_costs_nothing()
    {
        // A prompt scored by as many scores as bytes are left, of which the first does not end.
        var bytes = new byte[GaudiWireSerializer.MessageBytesMax];
        const int headBytes = 1 + 1 + 8;
        var count = bytes.Length - headBytes - 4;
        for (var digit = 0; digit < 4; digit++)
            bytes[headBytes + digit] = (byte)(((count >> (7 * digit)) & 0x7f) | (digit < 3 ? 0x80 : 0));
        bytes.AsSpan(headBytes + 4).Fill(0xff);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<SerializationException>(() => _serializer.FromBinary(bytes, "PromptScored1"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 65_536);
    }

    [Fact]
    public void Text_with_half_a_character_is_sent_repaired()
    {
        var bytes = _serializer.ToBinary(new WorkerRefused("a\ud800b"));
        Assert.Equal(new WorkerRefused("a\ufffdb"), _serializer.FromBinary(bytes, "WorkerRefused1"));
    }

    [Theory]
    [InlineData("ff")]
    [InlineData("c3")]
    [InlineData("eda080")]
    [InlineData("c080")]
    [InlineData("f4908080")]
    public void Text_that_is_not_UTF_8_is_refused(string text)
    {
        var bytes = Convert.FromHexString(text);
        Assert.Throws<SerializationException>(() => _serializer.FromBinary([(byte)bytes.Length, .. bytes], "WorkerRefused1"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("peer")]
    [InlineData("/user/peer")]
    [InlineData("akka://")]
    [InlineData("akka.tcp://gaudi@127.0.0.1:99999999/user/peer")]
    [InlineData("http:// /")]
    public void Reference_that_is_no_path_is_refused_and_never_dead_letters(string path)
    {
        byte[] bytes = [(byte)path.Length, .. System.Text.Encoding.UTF8.GetBytes(path)];
        Assert.Throws<SerializationException>(() => _serializer.FromBinary(bytes, "GetWorkerReport1"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    public void Finish_reason_that_is_none_is_refused(int reason) =>
        AssertRefused(new RequestFinished("r", 0, (FinishReason)reason, null, 1), $"{reason} is no FinishReason");

    [Theory]
    [InlineData(-1)]
    [InlineData(5)]
    public void Refusal_kind_that_is_none_is_refused(int kind) =>
        AssertRefused(new RequestRefused("r", 0, (RefusalKind)kind, "", null), $"{kind} is no RefusalKind");

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void Verification_that_is_none_is_refused(int mode) => AssertRefused(
        new PrepareRank("g", 1, 0, [], "", "", Given.Model with { Verification = (VerificationMode)mode }, ActorRefs.Nobody),
        $"{mode} is no VerificationMode");

    private void AssertRefused(IWireMessage message, string why) => Assert.Equal(
        why,
        Assert.Throws<SerializationException>(
            () => _serializer.FromBinary(_serializer.ToBinary(message), _serializer.Manifest(message))).Message);

    [Fact]
    public void Field_that_was_never_set_is_refused_where_it_is_sent()
    {
        Assert.Throws<SerializationException>(() => _serializer.ToBinary(new WorkerAccepted(null!)));
        Assert.Throws<SerializationException>(() => _serializer.ToBinary(new GetWorkerReport(null!)));
        Assert.Throws<SerializationException>(() => _serializer.ToBinary(new WorkerFailed(0, 1, "", 1, "", default)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("runstep2")]
    [InlineData("RunStep")]
    [InlineData("RunStep1")]
    [InlineData("RunStep2 ")]
    [InlineData("Gaudi.Actors.Protocols.RunStep, Gaudi.Actors")]
    public void Manifest_that_is_not_in_the_table_is_refused(string manifest) =>
        Assert.Throws<SerializationException>(() => _serializer.FromBinary([], manifest));
}
