using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Hpu.Execution;
using Gaudi.Hpu.Layers;

namespace Gaudi.Cluster.Http;

/// <summary>Puts images into a prompt: each placeholder that the template wrote becomes as many as the image has tokens.</summary>
internal static class ImagePrompt
{
    private const string Field = "messages";

    /// <summary>The prompt with its images.</summary>
    /// <param name="model">The served one.</param>
    /// <param name="conversation">Whose parts may be images.</param>
    /// <param name="prompt">The template's text, as tokens.</param>
    /// <param name="settings">How large all images together may be.</param>
    /// <param name="cancellation">The client has gone.</param>
    /// <exception cref="ApiException">An image cannot be taken, or the prompt with it is too long.</exception>
    public static async Task<PromptTokens> OfAsync(
        ServedModel model, Conversation conversation, PromptTokens prompt, HttpServerSettings settings, CancellationToken cancellation)
    {
        var urls = conversation.Messages.SelectMany((message, index) => message.Parts.Select(part => part.ImageUrl)
            .OfType<string>().Select(url => (Url: url, Place: $"{Field}[{index}].content"))).ToImmutableArray();
        if (model.Images is not { } intake || (urls.IsEmpty && !prompt.Ids.Contains(intake.PlaceholderTokenId)))
            return prompt;
        var placeholderCount = prompt.Ids.Count(id => id == intake.PlaceholderTokenId);
        if (placeholderCount != urls.Length)
            throw ApiException.Invalid(
                $"Expected a place in the prompt for each of {urls.Length} images, got {placeholderCount}: the chat template or a text "
                + "writes the token that stands for an image, or the prompt was cut.", Field);
        var taken = ImmutableArray.CreateBuilder<TakenImage>();
        var byteCount = 0L;
        foreach (var (url, place) in urls)
        {
            taken.Add(await TakeAsync(intake, url, place, cancellation).ConfigureAwait(false));
            byteCount += taken[^1].Pixels.Length;
            if (byteCount > settings.ImageBytesMax)
                throw ApiException.Invalid(
                    $"Expected images of at most {settings.ImageBytesMax / 3} pixels together, after they were fitted to the model, got "
                    + $"{byteCount / 3} in {taken.Count} of {urls.Length}; send fewer or smaller ones.", Field);
        }
        return Spread(model, intake.PlaceholderTokenId, prompt, taken.ToImmutable());
    }

    private static async Task<TakenImage> TakeAsync(IImageIntake intake, string url, string place, CancellationToken cancellation)
    {
        try
        {
            return await intake.TakeAsync(url, cancellation).ConfigureAwait(false);
        }
        catch (ImageRefusedException refused)
        {
            throw ApiException.Invalid(refused.Message, place);
        }
    }

    private static PromptTokens Spread(ServedModel model, int placeholderId, PromptTokens prompt, ImmutableArray<TakenImage> taken)
    {
        var ids = ImmutableArray.CreateBuilder<int>();
        var images = ImmutableArray.CreateBuilder<PromptImage>();
        var items = ImmutableArray.CreateBuilder<CacheItem>();
        foreach (var id in prompt.Ids)
        {
            if (id != placeholderId)
            {
                ids.Add(id);
                continue;
            }
            var one = taken[images.Count];
            var image = new PromptImage(ids.Count, one.RowCount, one.ColumnCount, one.Pixels);
            images.Add(image);
            items.Add(new CacheItem(one.ContentHash, image.FirstPosition, image.TokenCount));
            ids.AddRange(Enumerable.Repeat(placeholderId, image.TokenCount));
        }
        if (ids.Count >= model.ContextTokensMax)
            throw ApiException.Invalid(
                $"This model's maximum context length is {model.ContextTokensMax} tokens. However, you requested a prompt of {ids.Count} "
                + "tokens with its images, which leaves none for the completion. Please send fewer or smaller images.", Field);
        return prompt with { Ids = ids.ToImmutable(), Images = images.ToImmutable(), Items = items.ToImmutable() };
    }
}
