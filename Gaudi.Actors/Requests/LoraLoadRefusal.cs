namespace Gaudi.Actors.Requests;

/// <summary>Why an adapter was not loaded.</summary>
/// <param name="Reason">What was expected, what came, what to do.</param>
/// <param name="IsUnavailable">True where nothing is wrong with the adapter.</param>
public sealed record LoraLoadRefusal(string Reason, bool IsUnavailable);
