namespace Gaudi.Cluster.Http;

/// <summary>What is wrong with JSON that a parser would take, in the words of an error message.</summary>
/// <param name="Expected">What is taken.</param>
/// <param name="Got">What came in its place, and where.</param>
internal readonly record struct JsonFault(string Expected, string Got);
