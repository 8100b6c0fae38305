using System.Text.Json;
using Gaudi.Actors.Text;
using Xunit;

namespace Gaudi.Tests.Text;

/// <summary>Token ids and decoded text agree with @huggingface/tokenizers 0.2.0 on nasty texts.</summary>
public sealed class TokenizerGoldenTests
{
    public static TheoryData<string> Names() => new(GoldenFiles.Names(".tokens.json"));

    [Theory]
    [MemberData(nameof(Names))]
    public void Encode_and_Decode_agree_with_the_reference(string name)
    {
        var tokenizer = Tokenizer.Parse(GoldenFiles.Read(name + ".tokenizer.json"));
        using var rows = JsonDocument.Parse(GoldenFiles.Read(name + ".tokens.json"));
        var differences = new List<string>();
        foreach (var row in rows.RootElement.EnumerateArray())
        {
            var text = row.GetProperty("text").GetString()!;
            var ids = row.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
            Compare(string.Join(' ', ids), string.Join(' ', tokenizer.Encode(text, addSpecialTokens: true)), "ids");
            Compare(row.GetProperty("decoded").GetString()!, tokenizer.Decode(ids, skipSpecialTokens: false),
                "decoded");
            Compare(row.GetProperty("skipped").GetString()!, tokenizer.Decode(ids, skipSpecialTokens: true), "skipped");

            void Compare(string expected, string actual, string what)
            {
                if (expected != actual)
                {
                    differences.Add(
                        $"{what} of {JsonSerializer.Serialize(text)}: expected <{expected}>, got <{actual}>");
                }
            }
        }

        Assert.True(rows.RootElement.GetArrayLength() > 25, "the golden file lost its rows");
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }
}
