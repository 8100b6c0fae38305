using System.Collections.Immutable;

namespace Gaudi.Cluster.Http;

/// <summary>How a model that sees images takes them. Any thread.</summary>
public interface IImageIntake
{
    /// <summary>The token that stands for an image in the text of a chat template.</summary>
    int PlaceholderTokenId { get; }

    /// <summary>Reads an image and brings it to the size the model looks at.</summary>
    /// <param name="url">A data URI, or an address that the server fetches from.</param>
    /// <param name="cancellation">Whoever wanted it has gone.</param>
    /// <exception cref="ImageRefusedException">
    /// It is none, is too large, or cannot be got or read; the sentence is for the client.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    Task<TakenImage> TakeAsync(string url, CancellationToken cancellation);
}
