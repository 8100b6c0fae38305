namespace Gaudi.Actors.Settings;

/// <summary>Where draft tokens come from.</summary>
public enum SpeculationMethod
{
    /// <summary>Nothing is drafted.</summary>
    None,

    /// <summary>The sequence's own tokens: what followed its last tokens when they stood there before.</summary>
    Ngram,

    /// <summary>A smaller model beside the target.</summary>
    DraftModel,
}
