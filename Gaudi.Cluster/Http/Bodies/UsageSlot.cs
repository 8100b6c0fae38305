using System.Text.Json.Serialization;

namespace Gaudi.Cluster.Http.Bodies;

/// <summary>The place of the usage in a streamed frame: absent when null, else `null` or the counts.</summary>
[JsonConverter(typeof(UsageSlotConverter))]
internal sealed record UsageSlot(UsageBody? Usage);
