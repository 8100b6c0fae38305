using Gaudi.Actors.Settings;

namespace Gaudi.Actors.Images;

/// <summary>What an image of a request may cost before anything is decoded.</summary>
/// <param name="EncodedBytesMax">Bytes of the PNG or JPEG file.</param>
/// <param name="PixelsMax">Width times height as the file's header says. A decoded pixel takes 7 bytes for a while.</param>
/// <param name="Domains">Hosts from which images are fetched that a request names by address.</param>
public sealed record ImageLimits(int EncodedBytesMax, int PixelsMax, MediaDomains Domains);
