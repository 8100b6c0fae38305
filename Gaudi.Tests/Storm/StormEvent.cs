using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gaudi.Tests.Storm;

/// <summary>One line of a history.</summary>
/// <param name="AtMs">Since the history began, by a monotonic clock. Unit: milliseconds.</param>
/// <param name="Kind">What happened; it decides which of the other fields are there.</param>
internal sealed record StormEvent(double AtMs, StormEventKind Kind)
{
    private static readonly JsonSerializerOptions Lines = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>A request of a client; unique in the history.</summary>
    public long? Request { get; init; }

    /// <summary>Which of the distinct requests it is.</summary>
    public int? Spec { get; init; }

    /// <summary>The token's place in its answer as the client counted it, from 0.</summary>
    public int? Position { get; init; }

    /// <summary>The token's id.</summary>
    public int? Token { get; init; }

    /// <summary>All tokens of a reference.</summary>
    public int[]? Tokens { get; init; }

    /// <summary>HTTP status of a refusal.</summary>
    public int? Status { get; init; }

    /// <summary>Finish reason of an answer or a reference; why something broke, waits or ended; the plan; a line.</summary>
    public string? Text { get; init; }

    /// <summary>Counts the faults, from 1.</summary>
    public int? Fault { get; init; }

    /// <summary>Name of the fault's class.</summary>
    public string? Class { get; init; }

    /// <summary>The group's epoch.</summary>
    public long? Epoch { get; init; }

    /// <summary>A node's name and how often it was started, such as "a#1".</summary>
    public string? Node { get; init; }

    /// <summary>A process; of <see cref="StormEventKind.FaultBegun"/> the one it was done to.</summary>
    public int? Pid { get; init; }

    /// <summary>Processes that were left at the end.</summary>
    public int[]? Left { get; init; }

    /// <summary>Most of the requests that may have been refused. Over 0, at most 1; in the plan.</summary>
    public double? RefusedMax { get; init; }

    /// <summary>The line, without its end.</summary>
    internal string ToLine() => JsonSerializer.Serialize(this, Lines);

    /// <summary>Reads <see cref="ToLine"/>'s line.</summary>
    /// <exception cref="JsonException">The line is no event.</exception>
    internal static StormEvent FromLine(string line) =>
        JsonSerializer.Deserialize<StormEvent>(line, Lines) ?? throw new JsonException("expected an event, came null");
}
