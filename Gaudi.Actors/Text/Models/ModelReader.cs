namespace Gaudi.Actors.Text.Models;

/// <summary>Makes the model that the `model` section asks for.</summary>
internal static class ModelReader
{
    /// <summary>The model of this section. Old files without a `type` are told apart by their fields.</summary>
    /// <exception cref="TokenizerFormatException">The type is unknown or a field is wrong.</exception>
    public static IModel Read(JsonSection section)
    {
        var type = section["type"].TextOrNull() ?? GuessType(section);
        IModel model = type switch
        {
            "BPE" => BpeModel.Read(section),
            "WordPiece" => WordPieceModel.Read(section),
            "Unigram" => UnigramModel.Read(section),
            _ => throw section.UnknownType("BPE", "WordPiece", "Unigram"),
        };
        return new CachedModel(model);
    }

    /// <summary>Reads `vocab` as a map from token to id.</summary>
    public static Dictionary<string, int> ReadVocabulary(JsonSection section)
    {
        var vocabulary = new Dictionary<string, int>();
        foreach (var (token, id) in section.Members())
        {
            vocabulary[token] = id.TokenId();
        }

        return vocabulary;
    }

    private static string GuessType(JsonSection section) =>
        !section["merges"].IsNull ? "BPE"
        : !section["max_input_chars_per_word"].IsNull ? "WordPiece"
        : "Unigram";
}
