using System.Collections.Immutable;
using System.Text;

namespace Gaudi.Actors.Text.Decoders;

/// <summary>A token as text, or as bytes once a decoder has made it so; exactly one of the two is set.</summary>
internal readonly record struct TokenContent(string? Text, ImmutableArray<byte> Bytes)
{
    /// <summary>A token that is still text.</summary>
    public static TokenContent OfText(string text) => new(text, default);

    /// <summary>A token that stands for bytes.</summary>
    public static TokenContent OfBytes(params ReadOnlySpan<byte> bytes) => new(null, [.. bytes]);

    /// <summary>The same content with its text changed; bytes stay.</summary>
    public TokenContent Map(Func<string, string> change) => Text is null ? this : OfText(change(Text));

    /// <summary>The content as bytes.</summary>
    public byte[] ToBytes() => Text is null ? [.. Bytes] : Encoding.UTF8.GetBytes(Text);
}
