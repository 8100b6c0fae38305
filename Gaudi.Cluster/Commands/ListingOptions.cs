using System.CommandLine;

namespace Gaudi.Cluster.Commands;

/// <summary>What the listing verbs share.</summary>
internal static class ListingOptions
{
    internal static Option<bool> Json() => new("--json") { Description = "Print JSON; its shape is stable" };

    internal static Option<string?> Url() =>
        new("--url") { Description = "Ask the server that runs at this URL instead of this machine", HelpName = "http://HOST:PORT" };
}
