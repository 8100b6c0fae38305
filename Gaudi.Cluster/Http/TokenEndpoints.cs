using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gaudi.Cluster.Http.Bodies;
using Gaudi.Cluster.Http.Tools;
using Microsoft.AspNetCore.Http;

namespace Gaudi.Cluster.Http;

/// <summary>POST /tokenize and POST /detokenize: what the model reads of a text, and back.</summary>
internal sealed class TokenEndpoints(ServedModel model, HttpServerSettings settings, FieldLog fieldLog, TimeProvider time)
{
    private readonly PromptEncoder _encoder = new(model);

    /// <summary>The tokens of a prompt, or of a conversation as the template writes it.</summary>
    public async Task TokenizeAsync(HttpContext http)
    {
        var fields = await ModelRequest.ReadAsync(http, model, settings);
        var showsTexts = fields.Flag("return_token_strs", absent: false);
        var ids = fields.Element("messages") is null ? OfPrompt(fields) : OfConversation(fields);
        fieldLog.Log(fields);
        await JsonAnswer.SendAsync(http, StatusCodes.Status200OK, JsonSerializer.SerializeToUtf8Bytes(
            new TokenizeAnswer(
                ids.Length, model.ContextTokensMax, ids, showsTexts ? [.. ids.Select(id => model.Tokenizer.TokenOf(id) ?? "")] : null),
            HttpJson.Written.TokenizeAnswer));
    }

    /// <summary>The text of tokens, special ones included.</summary>
    public async Task DetokenizeAsync(HttpContext http)
    {
        const string Name = "tokens";
        var fields = await ModelRequest.ReadAsync(http, model, settings);
        if (fields.Element(Name) is null)
            throw ApiException.Invalid($"Expected `{Name}`: an array of token ids; got none.", Name);
        var ids = fields.Integers(Name, 0, int.MaxValue);
        _encoder.CheckKnown(ids, Name);
        fieldLog.Log(fields);
        await JsonAnswer.SendAsync(http, StatusCodes.Status200OK, JsonSerializer.SerializeToUtf8Bytes(
            new DetokenizeAnswer(model.Tokenizer.Decode(ids.AsSpan(), skipSpecialTokens: false)), HttpJson.Written.DetokenizeAnswer));
    }

    private ImmutableArray<int> OfPrompt(RequestFields fields)
    {
        var text = fields.Text("prompt")
            ?? throw ApiException.Invalid("Expected `prompt`: a string, or `messages`: a conversation; got neither.", "prompt");
        return _encoder.Tokens(text, fields.Flag("add_special_tokens", absent: true), "prompt");
    }

    private ImmutableArray<int> OfConversation(RequestFields fields)
    {
        if (fields.Element("prompt") is not null)
            throw ApiException.Invalid("Expected `prompt` or `messages`, got both; leave one out.", "prompt");
        var conversation = Conversation.Read(fields, model, settings);
        var tools = Tool.ReadAll(fields);
        var text = ChatPrompt.Render(
            model, conversation, tools.IsEmpty ? null : new JsonArray([.. tools.Select(tool => JsonObject.Create(tool.Written))]), time);
        return _encoder.Tokens(text, fields.Flag("add_special_tokens", absent: false), "messages");
    }
}
