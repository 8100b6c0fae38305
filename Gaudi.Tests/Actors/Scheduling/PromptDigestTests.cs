using System.Collections.Immutable;
using Gaudi.Actors.Requests;
using Gaudi.Actors.Scheduling;
using Gaudi.Hpu.Models.Lora;
using Xunit;

namespace Gaudi.Tests.Actors.Scheduling;

public sealed class PromptDigestTests
{
    private static readonly ImmutableArray<int> Blocks = [7, 3, 9];

    private static readonly GenerationRequest Request = Given.Request("r", [1, 2, 3, 4]) with
    {
        CacheKeys = new CacheKeys("salt", "name#1-abc", [new CacheItem("cat", 1, 2)]),
        Lora = new LoraAdapter("name#1-abc", "name", "/here", "weights"),
    };

    [Fact]
    public void Another_prompt_has_another_digest_and_so_have_other_blocks()
    {
        var keys = Request.CacheKeys;
        GenerationRequest[] others =
        [
            Request with { PromptTokenIds = [1, 2, 3, 5] }, Request with { PromptTokenIds = [1, 2, 3] },
            Request with { PromptTokenIds = [1, 2, 3, 4, 3, 7, 3, 9] }, Request with { CacheKeys = keys with { Salt = "other" } },
            Request with { CacheKeys = keys with { Salt = null } }, Request with { CacheKeys = keys with { Items = [] } },
            Request with { CacheKeys = keys with { Items = [new CacheItem("dog", 1, 2)] } },
            Request with { CacheKeys = keys with { Items = [new CacheItem("cat", 2, 2)] } },
            Request with { Lora = Request.Lora! with { Digest = "other weights" } }, Request with { Lora = null },
        ];
        string[] digests =
        [
            PromptDigest.Of(Request, Blocks), PromptDigest.Of(Request, [3, 7, 9]), PromptDigest.Of(Request, [7, 3]),
            .. others.Select(other => PromptDigest.Of(other, Blocks)),
        ];
        Assert.Equal(digests.Length, digests.Distinct().Count());
    }

    [Fact]
    public void Servers_name_requests_and_loads_of_an_adapter_as_they_like() => Assert.Equal(
        PromptDigest.Of(Request, Blocks),
        PromptDigest.Of(
            Request with
            {
                RequestId = "s", TokensMax = 1, CacheKeys = Request.CacheKeys with { LoraId = "alias#8-abc" },
                Lora = new LoraAdapter("alias#8-abc", "alias", "/there", "weights"),
            },
            Blocks));
}
