using Gaudi.Actors.Text;

namespace Gaudi.Cluster.Http;

/// <summary>`chat_template`: a template in place of the model's, taken only where the server trusts its clients that far.</summary>
internal static class RequestTemplateField
{
    private const string Name = "chat_template";

    /// <summary>The template of this request.</summary>
    /// <exception cref="ApiException">No trust, too long, no template, or none anywhere.</exception>
    public static ChatTemplate Read(RequestFields fields, ServedModel model, HttpServerSettings settings)
    {
        if (fields.Text(Name) is not { } source)
            return model.Template ?? throw ApiException.Invalid(
                $"The model `{model.Name}` has no chat template, so it cannot chat; use /v1/completions.", "messages");
        if (!settings.TrustsRequestTemplates)
            throw ApiException.Invalid(
                $"`{Name}` needs a server that was started with --trust-request-chat-template; leave the field out.", Name);
        if (source.Length > settings.TemplateCharsMax)
            throw ApiException.Invalid(
                $"Expected `{Name}` to be at most {settings.TemplateCharsMax} characters, got {source.Length}.", Name);
        try
        {
            return ChatTemplate.Parse(source);
        }
        catch (ChatTemplateException broken)
        {
            throw ApiException.Invalid($"Expected `{Name}` to be a chat template: {broken.Message}", Name);
        }
    }
}
