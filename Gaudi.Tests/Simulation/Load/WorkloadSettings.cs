namespace Gaudi.Tests.Simulation.Load;

/// <summary>What clients ask for.</summary>
/// <param name="RequestsPerSecond">Of all clients together.</param>
/// <param name="PromptTokens">Median of a prompt's length.</param>
/// <param name="OutputTokens">Median of an answer's length.</param>
internal sealed record WorkloadSettings(double RequestsPerSecond, int PromptTokens, int OutputTokens)
{
    /// <summary>Sigma of both lengths' log-normal distributions.</summary>
    internal double Spread { get; init; } = 0.5;

    /// <summary>How much more comes in a burst, which is a tenth of all time; 1 for none.</summary>
    internal double Burst { get; init; } = 1;

    /// <summary>The part of all prompts that begin with one of a few shared texts.</summary>
    internal double SharedPart { get; init; } = 0.3;

    /// <summary>The part of all clients that go away before their answer's end.</summary>
    internal double AbortPart { get; init; } = 0.05;

    /// <summary>The part of all answers that are ten times as long as others.</summary>
    internal double LongPart { get; init; } = 0.03;

    /// <summary>Longest prompt and answer together.</summary>
    internal int TokensMax { get; init; } = 4096;

    /// <summary>A file of requests, one JSON object a line (`at`, `prompt_tokens`, `output_tokens`), in place of drawn ones.</summary>
    internal string? Replay { get; init; }
}
