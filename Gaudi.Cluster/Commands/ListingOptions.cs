using System.CommandLine;
using Gaudi.Actors.Settings;

namespace Gaudi.Cluster.Commands;

/// <summary>What the listing verbs share.</summary>
internal static class ListingOptions
{
    internal static Option<bool> Json() => new("--json") { Description = "Print JSON; its shape is stable" };

    internal static Option<string?> Url() =>
        new("--url") { Description = "Ask the server that runs at this URL instead of this machine", HelpName = "http://HOST:PORT" };

    internal static Option<string?> ApiKey()
    {
        var option = new Option<string?>("--api-key")
        {
            Description = $"A key of the server at --url [default: {ProcessEnvironment.ApiKeyName}]",
            HelpName = "KEY",
        };
        option.AddKeyCheck();
        return option;
    }
}
