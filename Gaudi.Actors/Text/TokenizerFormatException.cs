namespace Gaudi.Actors.Text;

/// <summary>
/// A tokenizer file that cannot be used; the message names the section, what was expected and what came.
/// </summary>
public sealed class TokenizerFormatException(string message, Exception? cause = null) : Exception(message, cause);
