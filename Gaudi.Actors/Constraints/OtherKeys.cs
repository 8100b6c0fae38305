using System.Collections.Immutable;

namespace Gaudi.Actors.Constraints;

/// <summary>Keys of an object that are none of some: quoted, and written without escapes, so that none is spelled in another way.</summary>
internal static class OtherKeys
{
    private static readonly Form Plain = FormRule.Share("plain character", Utf8Form.Of(JsonText.Unescaped));

    /// <summary>Every key but these.</summary>
    internal static Form Except(IEnumerable<string> known)
    {
        var keys = known.Select(key => key.EnumerateRunes().Select(rune => rune.Value).ToArray())
            .Where(key => key.All(JsonText.Unescaped.Contains)).ToArray();
        return Form.Of(Form.Text("\""), From(keys, 0), Form.Text("\""));
    }

    // The keys begin alike up to here: the text may end unless one of them does, and leave them or follow some of them.
    private static Form From(int[][] keys, int length)
    {
        var options = ImmutableArray.CreateBuilder<Form>();
        if (keys.All(key => key.Length != length))
            options.Add(Form.Empty);
        var followed = keys.Where(key => key.Length > length).GroupBy(key => key[length]).ToArray();
        foreach (var group in followed)
            options.Add(Form.Of(Utf8Form.Of(CodePoints.One(group.Key)), From([.. group], length + 1)));
        var leaving = JsonText.Unescaped.Except(CodePoints.Of(followed.Select(group => (group.Key, group.Key))));
        options.Add(Form.Of(Utf8Form.Of(leaving), new Form.Repeat(Plain, 0, null)));
        return Form.Any(options.ToImmutable());
    }
}
