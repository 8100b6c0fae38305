using System.Collections.Immutable;

namespace Gaudi.Cluster.Http;

/// <summary>How a model that sees images takes them. Any thread.</summary>
public interface IImageIntake
{
    /// <summary>The token that stands for an image in the text of a chat template.</summary>
    int PlaceholderTokenId { get; }

    /// <summary>Reads an image and brings it to the size the model looks at.</summary>
    /// <param name="url">A data URI.</param>
    /// <exception cref="ImageRefusedException">It is none, is too large, or cannot be read; the sentence is for the client.</exception>
    TakenImage Take(string url);
}
