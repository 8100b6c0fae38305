namespace Gaudi.Actors.Protocols.Reports;

/// <summary>What was made of an order.</summary>
/// <param name="Report">What runs now.</param>
/// <param name="Refusal">Why the order was not taken; null when it was.</param>
public sealed record AdministrationAnswer(AdministrationReport Report, string? Refusal);
