namespace Gaudi.Cluster.Http;

/// <summary>How the answer is sent.</summary>
/// <param name="IsStreamed">As server-sent events, not as one body.</param>
/// <param name="IncludesUsage">A last frame without choices carries the usage; all others say `"usage": null`.</param>
/// <param name="IsUsageContinuous">Every frame carries the usage so far. Only with <paramref
/// name="IncludesUsage"/>.</param>
internal sealed record StreamFields(bool IsStreamed, bool IncludesUsage, bool IsUsageContinuous)
{
    /// <summary>Reads and checks the fields.</summary>
    /// <exception cref="ApiException">A type, or options for a stream that was not asked for.</exception>
    public static StreamFields Read(RequestFields fields)
    {
        var isStreamed = fields.Flag("stream", absent: false);
        if (fields.Fields("stream_options") is not { } options)
            return new StreamFields(isStreamed, false, false);
        if (!isStreamed)
            throw ApiException.Invalid(
                "Expected `stream_options` only together with `\"stream\": true`.", "stream_options");
        var includesUsage = options.Flag("include_usage", absent: false);
        return new StreamFields(
            true, includesUsage, options.Flag("continuous_usage_stats", absent: false) && includesUsage);
    }
}
