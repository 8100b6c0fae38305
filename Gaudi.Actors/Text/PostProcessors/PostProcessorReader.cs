using System.Collections.Immutable;

namespace Gaudi.Actors.Text.PostProcessors;

/// <summary>Reads which special tokens the `post_processor` section puts around a text.</summary>
internal static class PostProcessorReader
{
    /// <summary>The template of this section; an absent section adds nothing.</summary>
    /// <exception cref="TokenizerFormatException">The type is unknown or a field is wrong.</exception>
    public static SpecialTokenTemplate Read(JsonSection section) => section.IsNull
        ? SpecialTokenTemplate.Empty
        : section.Type switch
        {
            "TemplateProcessing" => ReadTemplate(section),
            "ByteLevel" => SpecialTokenTemplate.Empty,
            "RobertaProcessing" or "BertProcessing" => new SpecialTokenTemplate(
                [IdOfPair(section["cls"])], [IdOfPair(section["sep"])]),
            "Sequence" => section["processors"].Items().Select(Read)
                .Aggregate(SpecialTokenTemplate.Empty, (inner, outer) => inner.Inside(outer)),
            _ => throw section.UnknownType(
                "TemplateProcessing", "ByteLevel", "RobertaProcessing", "BertProcessing", "Sequence"),
        };

    private static int IdOfPair(JsonSection section)
    {
        var pair = section.Items().ToArray();
        return pair.Length == 2 ? pair[1].TokenId() : throw section.Wrong("[token, id]");
    }

    private static SpecialTokenTemplate ReadTemplate(JsonSection section)
    {
        var before = ImmutableArray.CreateBuilder<int>();
        var after = ImmutableArray.CreateBuilder<int>();
        var isBefore = true;
        foreach (var item in section["single"].Items())
        {
            if (!item["Sequence"].IsNull)
            {
                isBefore = isBefore
                    ? false
                    : throw item.Wrong("one sequence in the template of a single text");
                continue;
            }

            var name = item["SpecialToken"]["id"].Text();
            var ids = section["special_tokens"][name]["ids"].Items().Select(id => id.TokenId());
            (isBefore ? before : after).AddRange(ids);
        }

        return isBefore
            ? throw section["single"].Wrong("a template that contains the sequence A")
            : new SpecialTokenTemplate(before.ToImmutable(), after.ToImmutable());
    }
}
