using System.CommandLine;
using Gaudi.Actors.Settings;

namespace Gaudi.Cluster.Commands;

/// <summary>Keys on the command line.</summary>
internal static class OptionKeys
{
    /// <summary>Refuses what cannot be a key. The message does not repeat it: it may be a secret, misspelt.</summary>
    internal static void AddKeyCheck(this Option option) => option.Validators.Add(result =>
    {
        if (!result.Tokens.All(token => ApiKeyText.IsUsable(token.Value)))
            result.AddError($"{option.Name} expects {ApiKeyText.Expected}");
    });
}
