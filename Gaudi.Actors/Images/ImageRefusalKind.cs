namespace Gaudi.Actors.Images;

/// <summary>Why an image of a request is not used.</summary>
public enum ImageRefusalKind
{
    /// <summary>More bytes than allowed.</summary>
    TooManyBytes,

    /// <summary>More pixels than allowed, as the file's header says; nothing was decoded.</summary>
    TooManyPixels,

    /// <summary>Its sides differ too much.</summary>
    TooNarrow,

    /// <summary>Neither PNG nor JPEG.</summary>
    UnknownFormat,

    /// <summary>PNG or JPEG, but broken or cut off; or a data URI that is none.</summary>
    Corrupt,

    /// <summary>An address on the network from where nothing is fetched.</summary>
    FetchNotAllowed,

    /// <summary>An address that is neither a data URI nor http nor https.</summary>
    UnknownScheme,
}
