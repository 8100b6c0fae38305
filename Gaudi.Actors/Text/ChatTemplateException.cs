namespace Gaudi.Actors.Text;

/// <summary>
/// A chat template that cannot be read or rendered; the message names the line and what was expected.
/// </summary>
public sealed class ChatTemplateException : Exception
{
    /// <summary>An error found by the engine.</summary>
    public ChatTemplateException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }

    private ChatTemplateException(string message, bool isRaisedByTemplate)
        : base(message) => IsRaisedByTemplate = isRaisedByTemplate;

    /// <summary>
    /// True when the template itself refused the conversation; the message is then its own text only.
    /// </summary>
    public bool IsRaisedByTemplate { get; }

    /// <summary>The refusal a template made with `raise_exception`.</summary>
    internal static ChatTemplateException Raised(string text) => new(text, isRaisedByTemplate: true);
}
