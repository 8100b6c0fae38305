using System.Collections.Immutable;
using Gaudi.Actors.Text.Decoders;
using Gaudi.Actors.Text.Models;
using Gaudi.Actors.Text.Normalizers;
using Gaudi.Actors.Text.PostProcessors;
using Gaudi.Actors.Text.PreTokenizers;

namespace Gaudi.Actors.Text;

/// <summary>What a tokenizer is made of, as read from its files.</summary>
internal sealed record TokenizerParts(
    ImmutableArray<AddedToken> AddedTokens,
    INormalizer Normalizer,
    IPreTokenizer PreTokenizer,
    IModel Model,
    SpecialTokenTemplate Template,
    IDecoder Decoder,
    string? BosToken,
    string? EosToken);
