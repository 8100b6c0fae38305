namespace Gaudi.Actors.Text.Decoders;

/// <summary>Makes the decoder that the `decoder` section asks for.</summary>
internal static class DecoderReader
{
    /// <summary>The decoder of this section; without one, tokens are joined by spaces.</summary>
    /// <exception cref="TokenizerFormatException">The type is unknown or a field is wrong.</exception>
    public static IDecoder Read(JsonSection section) => section.IsNull ? new SpaceJoinDecoder() : section.Type switch
    {
        "ByteLevel" => new ByteLevelDecoder(),
        "ByteFallback" => new ByteFallbackDecoder(),
        "Fuse" => new FuseDecoder(),
        "Strip" => new StripDecoder(
            section["content"].Character(), section["start"].TokenId(), section["stop"].TokenId()),
        "Replace" => new ReplaceDecoder(TextPattern.Read(section["pattern"]), section["content"].Text()),
        "Metaspace" => new MetaspaceDecoder(section["replacement"].Character(), PrefixSchemes.Read(section)),
        "WordPiece" => new WordPieceDecoder(
            section["prefix"].TextOrNull() ?? "##", section["cleanup"].Flag(absent: true)),
        "BPEDecoder" => new WordEndDecoder(section["suffix"].TextOrNull() ?? "</w>"),
        "Sequence" => new DecoderSequence([.. section["decoders"].Items().Select(Read)]),
        _ => throw section.UnknownType(
            "ByteLevel", "ByteFallback", "Fuse", "Strip", "Replace", "Metaspace", "WordPiece", "BPEDecoder",
            "Sequence"),
    };
}
