using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Gaudi.Actors.Protocols;
using Gaudi.Actors.Scheduling;
using Gaudi.Actors.Settings;
using Gaudi.Cluster.Wire;
using Gaudi.Hpu.Execution;
using Gaudi.Tests.Actors;
using Xunit;
using Xunit.Abstractions;

namespace Gaudi.Tests.Cluster.Wire;

public sealed class WireTests : ActorTests
{
    private readonly ITestOutputHelper _output;
    private readonly GaudiWireSerializer _serializer;
    private readonly IActorRef _peer;

    public WireTests(ITestOutputHelper output)
    {
        _output = output;
        var system = (ExtendedActorSystem)Sys;
        _serializer = new GaudiWireSerializer(system);
        // Nobody lives there, so its path has no random number in it.
        _peer = system.Provider.ResolveActorRef("akka://gaudi/user/peer");
    }

    private IEnumerable<(string Manifest, IWireMessage Message, byte[] Bytes)> Samples() =>
        WireSamples.All(_peer).Select(one => (_serializer.Manifest(one), one, _serializer.ToBinary(one)));

    private static IEnumerable<Type> MessageTypes() => typeof(IWireMessage).Assembly.GetTypes()
        .Concat(typeof(WireTable).Assembly.GetTypes())
        .Where(type => type is { IsAbstract: false, IsInterface: false } && type.IsAssignableTo(typeof(IWireMessage)));

    [Fact]
    public void Every_wire_message_has_one_format_one_sample_and_one_golden()
    {
        var types = MessageTypes().Select(type => type.Name).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(types, WireTable.Entries.Select(one => one.Type.Name).Order(StringComparer.Ordinal));
        Assert.Equal(types, WireSamples.All(_peer).Select(one => one.GetType().Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            WireTable.Entries.Select(one => one.Manifest).Order(StringComparer.Ordinal),
            WireGolden.Bytes.Keys.Order(StringComparer.Ordinal));
        Assert.All(MessageTypes(), type => Assert.False(type.IsAssignableTo(typeof(ILocalMessage)), $"{type.Name} is both"));
    }

    [Fact]
    public void Bytes_are_the_golden_ones()
    {
        foreach (var (manifest, _, bytes) in Samples())
        {
            var golden = WireGolden.Bytes.GetValueOrDefault(manifest);
            if (golden != Convert.ToHexStringLower(bytes))
                _output.WriteLine($"{manifest} {Convert.ToHexStringLower(bytes)}");
        }
        Assert.All(Samples(), one => Assert.Equal(WireGolden.Bytes.GetValueOrDefault(one.Manifest), Convert.ToHexStringLower(one.Bytes)));
    }

    [Fact]
    public void Every_field_survives_the_way_there_and_back() => Assert.All(
        Samples(), one => Assert.Equal(Fields.Of(one.Message), Fields.Of(_serializer.FromBinary(one.Bytes, one.Manifest))));

    [Fact]
    public void Manifests_are_short_and_versioned() =>
        Assert.All(WireTable.Entries, one => Assert.Matches("^[A-Z][A-Za-z]{2,20}[1-9]$", one.Manifest));

    [Fact]
    public void Serializer_has_its_own_stable_number() => Assert.Equal(4711, _serializer.Identifier);

    [Fact]
    public void Bytes_cut_short_or_too_long_are_refused()
    {
        foreach (var (manifest, _, bytes) in Samples())
        {
            for (var length = 0; length < bytes.Length; length++)
                Assert.Throws<SerializationException>(() => _serializer.FromBinary(bytes[..length], manifest));
            Assert.Throws<SerializationException>(() => _serializer.FromBinary([.. bytes, 0], manifest));
        }
    }

    [Fact]
    public void Mutated_bytes_give_a_message_or_a_refusal_and_nothing_else()
    {
        const int seed = 11;
        _output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        foreach (var (manifest, message, bytes) in Samples())
        {
            for (var i = 0; i < 400; i++)
            {
                var mutated = (byte[])bytes.Clone();
                for (var flip = random.Next(1, 4); flip > 0 && mutated.Length > 0; flip--)
                    mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
                try
                {
                    Assert.IsType(message.GetType(), _serializer.FromBinary(mutated, manifest));
                }
                catch (SerializationException)
                {
                }
            }
        }
    }

    [Fact]
    public void Unknown_manifest_is_refused_by_name() => Assert.Equal(
        "unknown wire manifest `RunStep99`: is the peer of another version?",
        Assert.Throws<SerializationException>(() => _serializer.FromBinary([], "RunStep99")).Message);

    [Fact]
    public void Type_without_a_format_is_refused_and_never_becomes_json()
    {
        var found = Sys.Serialization.FindSerializerFor(new Stranger("x"));
        Assert.IsType<RefusingSerializer>(found);
        Assert.Equal(
            "Stranger may not cross a process: make it an IWireMessage with a wire format, or an ILocalMessage",
            Assert.Throws<SerializationException>(() => found.ToBinary(new Stranger("x"))).Message);
        Assert.IsType<RefusingSerializer>(Sys.Serialization.FindSerializerFor(new InventoryChanged([])));
        Assert.Throws<SerializationException>(() => _serializer.ToBinary(new Stranger("x")));
    }

    [Fact]
    public void Message_over_the_limit_is_refused_where_it_is_sent()
    {
        var request = Given.Request("r", Enumerable.Repeat(int.MaxValue, 3_300_000));
        Assert.Contains(
            "a message takes at most 16000000",
            Assert.Throws<SerializationException>(() => _serializer.ToBinary(new Generate("m/0", request, [], _peer))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Limit_leaves_room_in_a_frame() => Assert.InRange(
        Sys.Settings.Config.GetByteSize("akka.remote.dot-netty.tcp.maximum-frame-size")!.Value,
        GaudiWireSerializer.MessageBytesMax + 65_536, int.MaxValue);

    [Fact]
    public void Longest_prompt_of_a_128k_context_takes_half_a_megabyte_and_the_largest_default_step_fits_128_KiB()
    {
        var request = Given.Request("r", Enumerable.Repeat(151_935, 131_072));
        Assert.InRange(_serializer.ToBinary(new Generate("m/0", request, [], _peer)).Length, 1, 500_000);
        Assert.InRange(_serializer.ToBinary(LargestStep(Given.Greedy)).Length, 1, 131_071);
    }

    [Fact]
    public void Default_step_whose_sequences_list_a_vocabulary_of_150k_twice_fits_one_message()
    {
        var vocabulary = Enumerable.Range(0, 152_064).ToImmutableArray();
        var sampling = Given.Greedy with
        {
            FrequencyPenalty = 1,
            AllowedTokenIds = vocabulary,
            LogitBiases = [.. vocabulary.Select(id => new LogitBias(id, 1))],
        };
        // As many as the scheduler lets into one step.
        var history = Enumerable.Repeat(151_935, 32_768).ToList();
        AssertFits(LargestStep(sampling, history, StepLoad.EntriesMax / ((2L * vocabulary.Length) + history.Count)));
    }

    [Fact]
    public void Default_step_whose_sequences_report_a_vocabulary_of_150k_fits_one_message()
    {
        ImmutableArray<TokenLogprob> whole = [.. Enumerable.Range(0, 152_064).Select(id => new TokenLogprob(id, -id))];
        AssertFits(new StepCompleted("m/0", 1, 0, new StepOutput(1, [.. Enumerable.Range(
            0, (int)(StepLoad.EntriesMax / (whole.Length + 1))).Select(i => new SampledToken(i, 131_000, 151_935, -1, whole))], 0), 1));
    }

    private static SchedulerSettings Limits { get; } = Given.Settings().Scheduler;

    private RunStep LargestStep(SamplingParameters sampling, IEnumerable<int>? history = null, long? sequencesMax = null)
    {
        var plan = new StepPlan(1, [.. Enumerable.Range(0, (int)(sequencesMax ?? Limits.SequencesMax)).Select(i => new SequenceStep(
            i, [.. Enumerable.Repeat(151_935, Limits.StepTokensMax / Limits.SequencesMax)], 131_000, 131_000,
            [.. Enumerable.Range(100_000, 1024)], sampling, 0) { History = [.. history ?? []] })]);
        return new RunStep("m/0", 1, plan, _peer);
    }

    private void AssertFits(IWireMessage message)
    {
        var bytes = _serializer.ToBinary(message);
        _output.WriteLine($"{bytes.Length} bytes");
        Assert.Equal(bytes, _serializer.ToBinary(_serializer.FromBinary(bytes, _serializer.Manifest(message))));
    }

    private sealed record Stranger(string Name);
}
