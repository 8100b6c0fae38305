namespace Gaudi.Actors.Settings;

/// <summary>`gaudi.http`.</summary>
/// <param name="BodyBytesMax">Largest request body. Unit: bytes.</param>
/// <param name="ChoicesMax">Most choices of one request.</param>
/// <param name="LogprobsMax">Most alternatives beside a token; -1 allows the whole vocabulary.</param>
/// <param name="StopStringsMax">Most stop strings of one request.</param>
/// <param name="BadWordsMax">Most bad words of one request.</param>
/// <param name="PromptLogprobEntriesMax">Most logprobs of prompt tokens in one answer.</param>
/// <param name="RetryAfterSeconds">What a 503 without a better idea says.</param>
/// <param name="ReportTimeout">For a report endpoint.</param>
/// <param name="StallTimeout">For a reader that takes nothing.</param>
/// <param name="StopTimeout">For running answers when the server stops.</param>
public sealed record HttpSettings(
    long BodyBytesMax, int ChoicesMax, int LogprobsMax, int StopStringsMax, int BadWordsMax, int PromptLogprobEntriesMax,
    int RetryAfterSeconds, TimeSpan ReportTimeout, TimeSpan StallTimeout, TimeSpan StopTimeout)
{
    internal static HttpSettings Read(SettingsReader reader) => new(
        reader.Count("gaudi.http.body-bytes-max", 1),
        reader.Count("gaudi.http.choices-max", 1),
        reader.Count("gaudi.http.logprobs-max", -1),
        reader.Count("gaudi.http.stop-strings-max", 0),
        reader.Count("gaudi.http.bad-words-max", 0),
        reader.Count("gaudi.http.prompt-logprob-entries-max", 0),
        reader.Count("gaudi.http.retry-after-seconds", 1, 3600),
        reader.Milliseconds("gaudi.http.report-timeout-ms"),
        reader.Milliseconds("gaudi.http.stall-timeout-ms"),
        reader.Milliseconds("gaudi.http.stop-timeout-ms"));
}
