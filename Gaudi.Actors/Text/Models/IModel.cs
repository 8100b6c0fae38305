namespace Gaudi.Actors.Text.Models;

/// <summary>Turns one piece of text into token ids. Safe to call from many threads at once.</summary>
internal interface IModel
{
    /// <summary>Every token of the model's own vocabulary with its id.</summary>
    IReadOnlyDictionary<string, int> Vocabulary { get; }

    /// <summary>Appends the ids of <paramref name="text"/>, which is not empty.</summary>
    void Encode(string text, List<int> ids);
}
