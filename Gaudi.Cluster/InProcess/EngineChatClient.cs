using System.Runtime.CompilerServices;
using Gaudi.Cluster.Http;
using Microsoft.Extensions.AI;

namespace Gaudi.Cluster.InProcess;

/// <summary>
/// Chats with the engine of this process. What options allow, and what is refused, is what HTTP clients meet. Any thread.
/// </summary>
/// <param name="model">The only one.</param>
/// <param name="settings">What requests may ask for.</param>
/// <param name="stream">Runs choices, until the engine stops.</param>
/// <param name="numbers">Names requests, and draws their seeds.</param>
/// <param name="time">Measures and dates.</param>
internal sealed class EngineChatClient(
    ServedModel model, HttpServerSettings settings, CompletionStream stream, IRequestNumbers numbers, TimeProvider time) : IChatClient
{
    private readonly PromptEncoder _encoder = new(model);

    /// <inheritdoc/>
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null,
        CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var (plan, request, named) = await PlanAsync(messages, options, cancellationToken).ConfigureAwait(false);
        var updates = new ChatUpdates(plan, named, request.Tools);
        await foreach (var happened in ChoiceMerge.RunAsync(stream, plan.Choices, cancellationToken).ConfigureAwait(false))
        {
            if (happened is ChoiceEvent.Refused refused)
                throw Refusal(refused.Error);
            foreach (var update in updates.Of(happened))
                yield return update;
        }
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
            return null;
        return serviceType == typeof(ChatClientMetadata)
            ? new ChatClientMetadata("gaudi", defaultModelId: model.Name)
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <summary>Does nothing: pipelines dispose what they wrap, and this belongs to the engine.</summary>
    public void Dispose()
    {
    }

    /// <summary>What an error of HTTP is to a caller of this process.</summary>
    internal static Exception Refusal(ApiError error) => error.Status < 500 && error.Status != 429
        ? new ArgumentException(error.Message)
        : new GaudiEngineException(error.Message, isTransient: error.RetryAfterSeconds is not null);

    private async Task<(GenerationPlan Plan, ChatRequest Request, ServedModel Named)> PlanAsync(
        IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options, CancellationToken cancellation)
    {
        try
        {
            var fields = ChatBody.Of(messages, options);
            var named = model.Named(fields.Text("model"));
            var request = await ChatRequest.ReadAsync(fields, named, _encoder, settings, numbers, time, cancellation)
                .ConfigureAwait(false);
            if (request.Fields.ChoiceCount > 1)
                throw ApiException.Invalid("Expected one choice, as a response has one answer; leave `n` out.", "n");
            var id = numbers.NextRequestId();
            var plan = GenerationPlan.Of(
                "chatcmpl-", new RequestIdentity(id, id) { Arrived = time.GetTimestamp() }, time.GetUtcNow().ToUnixTimeSeconds(),
                request.Fields, [request.Prompt], named,
                prompt => _encoder.TokensMax(prompt, request.Fields.TokensMax, model.ContextTokensMax));
            return (plan, request, named);
        }
        catch (ApiException refused)
        {
            throw Refusal(refused.Error);
        }
    }
}
