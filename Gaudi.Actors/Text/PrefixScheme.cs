namespace Gaudi.Actors.Text;

/// <summary>Which pieces get a leading space before they are cut.</summary>
internal enum PrefixScheme
{
    /// <summary>Every piece.</summary>
    Always,

    /// <summary>The piece at the start of the text only.</summary>
    First,

    /// <summary>None.</summary>
    Never,
}
