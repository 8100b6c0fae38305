namespace Gaudi.Actors.Images;

/// <summary>What an image of a request may cost before anything is decoded.</summary>
/// <param name="EncodedBytesMax">Bytes of the PNG or JPEG file.</param>
/// <param name="PixelsMax">Width times height as the file's header says. A decoded pixel takes 7 bytes for a while.</param>
/// <param name="MayFetch">Whether http and https addresses are fetched: the server would ask wherever a client says.</param>
public sealed record ImageLimits(int EncodedBytesMax, int PixelsMax, bool MayFetch);
