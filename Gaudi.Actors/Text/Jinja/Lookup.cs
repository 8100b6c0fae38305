namespace Gaudi.Actors.Text.Jinja;

/// <summary>How `.name` and `[index]` find things.</summary>
internal static class Lookup
{
    /// <summary>`target.name`: a method or attribute, else the item of that name, else undefined.</summary>
    public static object? Attribute(object? target, string name, RenderBudget budget)
    {
        if (target is Undefined undefined)
        {
            throw budget.Error(undefined.Problem);
        }

        return TryOwn(target, name, out var value) || (target is PythonDict dict && dict.TryGet(name, out value))
            ? value
            : NothingIn(target, name);
    }

    /// <summary>`target[index]`: the item, else the attribute of that name, else undefined.</summary>
    public static object? Item(object? target, object? index, RenderBudget budget)
    {
        switch (target)
        {
            case Undefined undefined:
                throw budget.Error(undefined.Problem);
            case PythonDict dict when dict.TryGet(index, out var value):
                return value;
            case List<object?> list when Place(index, list.Count) is { } place:
                return list[place];
            case PythonTuple tuple when Place(index, tuple.Items.Length) is { } place:
                return tuple.Items[place];
            case string text when Place(index, PythonString.Length(text)) is { } place:
                return PythonString.Pick(text, [place]);
            default:
                return index is string name && TryOwn(target, name, out var own)
                    ? own
                    : NothingIn(target, PythonText.Of(index));
        }
    }

    private static bool TryOwn(object? target, string name, out object? value)
    {
        switch (target)
        {
            case PythonNamespace names:
                return names.Attributes.TryGetValue(name, out value);
            case LoopState loop:
                value = loop.Attribute(name);
                return true;
            default:
                value = Methods.Find(target, name);
                return value is not null;
        }
    }

    private static Undefined NothingIn(object? target, string name) =>
        new($"`{name}` of {PythonText.TypeName(target)}");

    private static int? Place(object? index, int length)
    {
        var place = index switch
        {
            long whole => whole,
            bool truth => truth ? 1 : 0,
            _ => long.MaxValue,
        };
        place = place < 0 ? place + length : place;
        return place >= 0 && place < length ? (int)place : null;
    }
}
