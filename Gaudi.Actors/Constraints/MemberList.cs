using System.Collections.Immutable;

namespace Gaudi.Actors.Constraints;

/// <summary>The members of an object with the commas between them, whichever are left out.</summary>
/// <param name="path">Where the schema stands.</param>
/// <param name="members">Keys with values, in order, and whether each must be there.</param>
/// <param name="others">A key with a value that may follow any number of times; null for none.</param>
internal sealed class MemberList(string path, ImmutableArray<(Form Member, bool IsRequired)> members, Form? others)
{
    // What may come at a member's place, by whether another came before it: shared, or the options would double with each.
    private readonly Dictionary<(int Index, bool IsFirst), Form> _rests = [];

    /// <summary>All of them.</summary>
    internal Form Form => Rest(0, isFirst: true);

    private Form Rest(int index, bool isFirst)
    {
        if (_rests.TryGetValue((index, isFirst), out var known))
            return known;
        var rest = index == members.Length ? Others(isFirst) : Members(index, isFirst);
        return _rests[(index, isFirst)] = FormRule.Share($"members from {index} at {path}", rest);
    }

    private Form Members(int index, bool isFirst)
    {
        var (member, isRequired) = members[index];
        var with = Constraints.Form.Of(isFirst ? Constraints.Form.Empty : JsonForms.Comma, member, Rest(index + 1, isFirst: false));
        return isRequired ? with : Constraints.Form.Any(with, Rest(index + 1, isFirst));
    }

    private Form Others(bool isFirst)
    {
        if (others is null)
            return Constraints.Form.Empty;
        return isFirst
            ? Constraints.Form.Optional(JsonForms.Separated(others))
            : new Form.Repeat(Constraints.Form.Of(JsonForms.Comma, others), 0, null);
    }
}
