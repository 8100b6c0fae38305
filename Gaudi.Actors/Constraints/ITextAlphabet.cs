namespace Gaudi.Actors.Constraints;

/// <summary>How characters are written where an expression stands.</summary>
internal interface ITextAlphabet
{
    /// <summary>One character of a set, as it is written; never where none of them can be.</summary>
    Form Of(CodePoints set);
}
