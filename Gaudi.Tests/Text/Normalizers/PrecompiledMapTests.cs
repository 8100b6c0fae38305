using System.Text.Json.Nodes;
using CsCheck;
using Gaudi.Actors.Text;
using Xunit;

namespace Gaudi.Tests.Text.Normalizers;

/// <summary>A compiled character map changes text as SentencePiece, which made the map, does.</summary>
public sealed class PrecompiledMapTests
{
    private static readonly JsonObject Golden = JsonNode.Parse(GoldenFiles.Read("precompiled.normal.json"))!.AsObject();

    [Fact]
    public void Normalize_agrees_with_SentencePiece()
    {
        var rows = Golden["rows"]!.AsArray();
        Assert.True(rows.Count > 30, "the golden file lost its rows");
        var differences = rows
            .Select(row => ((string)row![0]!, (string)row[1]!, Normalize((string)Golden["map"]!, (string)row[0]!)))
            .Where(row => row.Item2 != row.Item3).ToList();
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    [Fact]
    public void A_damaged_map_is_refused_or_gives_some_text()
    {
        var map = Convert.FromBase64String((string)Golden["map"]!);
        Gen.Select(Gen.Int[0, map.Length - 1], Gen.Byte, RandomText.Nasty).Sample((place, value, text) =>
        {
            var damaged = map.ToArray();
            damaged[place] = value;
            try
            {
                Assert.NotNull(Normalize(Convert.ToBase64String(damaged), text));
            }
            catch (TokenizerFormatException)
            {
            }
        }, iter: 2000);
    }

    private static string Normalize(string map, string text) =>
        TokenizerJson.Normalize($$"""{"type": "Precompiled", "precompiled_charsmap": "{{map}}"}""", text);
}
