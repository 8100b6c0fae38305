namespace Gaudi.Cluster.Http;

/// <summary>Which of the client's own conditions ended a choice: a stop string or a token of stop_token_ids.</summary>
internal sealed record StopReason(string? Text, int? TokenId);
