namespace Gaudi.Actors.Text.Jinja;

/// <summary>
/// What a missing variable or item is: prints nothing, holds nothing, is false, and has no attributes.
/// </summary>
internal sealed record Undefined(string Description)
{
    /// <summary>What any use but printing, looping and testing says.</summary>
    public string Problem => $"{Description} is undefined";
}
