using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Gaudi.Actors.Text.Unicode;
using Xunit;

namespace Gaudi.Tests.Text.Unicode;

/// <summary>The four forms agree with Python's unicodedata, although the product runs without ICU.</summary>
public sealed class UnicodeNormalizerTests
{
    private static readonly (string Name, NormalizationForm Form)[] Forms =
    [
        ("NFC", NormalizationForm.FormC), ("NFD", NormalizationForm.FormD),
        ("NFKC", NormalizationForm.FormKC), ("NFKD", NormalizationForm.FormKD),
    ];

    private static readonly JsonObject Golden = JsonNode.Parse(GoldenFiles.Read("unicode.normal.json"))!.AsObject();

    [Fact]
    public void Normalize_agrees_on_hard_sequences()
    {
        var rows = Golden["rows"]!.AsArray();
        Assert.Equal(150, rows.Count);
        foreach (var row in rows)
        {
            for (var form = 0; form < Forms.Length; form++)
            {
                Assert.Equal((string)row![form + 1]!, UnicodeNormalizer.Normalize((string)row[0]!, Forms[form].Form));
            }
        }
    }

    [Fact]
    public void Normalize_agrees_on_every_assigned_character()
    {
        var unassigned = Golden["unassigned"]!.AsArray()
            .SelectMany(range => Enumerable.Range((int)range![0]!, (int)range[1]! - (int)range[0]! + 1)).ToHashSet();
        foreach (var (name, form) in Forms)
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (var code = 0; code < 0x110000; code++)
            {
                if (Rune.IsValid(code) && !unassigned.Contains(code))
                {
                    hash.AppendData(
                        Encoding.UTF8.GetBytes(UnicodeNormalizer.Normalize(new Rune(code).ToString(), form) + "\n"));
                }
            }

            Assert.Equal((string)Golden["hashes"]![name]!, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
    }

    [Fact]
    public void Normalize_is_stable_and_the_forms_agree_with_each_other() => RandomText.Nasty.Sample(text =>
    {
        foreach (var (_, form) in Forms)
        {
            var once = UnicodeNormalizer.Normalize(text, form);
            Assert.Equal(once, UnicodeNormalizer.Normalize(once, form));
        }

        var decomposed = UnicodeNormalizer.Normalize(text, NormalizationForm.FormD);
        Assert.Equal(
            UnicodeNormalizer.Normalize(text, NormalizationForm.FormC),
            UnicodeNormalizer.Normalize(decomposed, NormalizationForm.FormC));
    }, iter: 500);

    [Fact]
    public void Normalize_takes_a_long_run_of_marks_in_one_sort()
    {
        var marks = string.Concat(Enumerable.Repeat("\u0301\u0323", 50_000));
        var normal = UnicodeNormalizer.Normalize("q" + marks, NormalizationForm.FormD);
        Assert.Equal("q" + new string('\u0323', 50_000) + new string('\u0301', 50_000), normal);
    }
}
