using System.Runtime.ExceptionServices;

namespace Gaudi.Actors.Text.Jinja;

/// <summary>Filters on lists and dictionaries.</summary>
internal static class ListFilters
{
    /// <summary>Keys with values; of an undefined value, none.</summary>
    public static object? Items(object? value, Arguments with) => value switch
    {
        PythonDict dict => Pairs(dict),
        Undefined => new List<object?>(),
        _ => throw with.Budget.Error($"expected a dictionary for `items`, got {PythonText.TypeName(value)}"),
    };

    /// <summary>Keys with values in order of key or value; text is compared without case unless asked.</summary>
    public static object? DictSort(object? value, Arguments with)
    {
        var pairs = value is PythonDict dict ? Pairs(dict) : throw with.Budget.Error(
            $"expected a dictionary for `dictsort`, got {PythonText.TypeName(value)}");
        var isCaseSensitive = with.Flag(0, "case_sensitive", absent: false);
        var place = with.TextOr(1, "by", "key") == "value" ? 1 : 0;
        return Sorted(
            pairs, pair => Caseless(((PythonTuple)pair!).Items[place], isCaseSensitive),
            with.Flag(2, "reverse", absent: false), with.Budget);
    }

    /// <summary>The texts of all items, or of one attribute of them, with a separator between.</summary>
    public static object? Join(object? value, Arguments with)
    {
        var attribute = with.At(1, "attribute");
        var items = PythonValue.Items(value, with.Budget)
            .Select(item =>
                PythonText.Of(attribute is null ? item : SelectionFilters.Path(item, attribute, with.Budget)))
            .ToList();
        var separator = PythonText.Of(with.At(0, "d", ""));
        with.Budget.Size(items.Sum(item => (long)item.Length + separator.Length));
        return string.Join(separator, items);
    }

    /// <summary>The first or last item, or undefined.</summary>
    public static object? End(object? value, Arguments with, bool isFirst)
    {
        var items = PythonValue.Items(value, with.Budget);
        return items.Count == 0 ? new Undefined("an item of an empty list") : isFirst ? items[0] : items[^1];
    }

    /// <summary>The items, or the characters of text, in reverse order.</summary>
    public static object? Reverse(object? value, Arguments with)
    {
        var items = PythonValue.Items(value, with.Budget).AsEnumerable().Reverse();
        return value is string ? string.Concat(items.Cast<string>()) : items.ToList();
    }

    /// <summary>The items in order, equal ones as they stood.</summary>
    public static object? Sort(object? value, Arguments with)
    {
        var isCaseSensitive = with.Flag(1, "case_sensitive", absent: false);
        var attribute = with.At(2, "attribute");
        return Sorted(
            PythonValue.Items(value, with.Budget),
            item => Caseless(
                attribute is null ? item : SelectionFilters.Path(item, attribute, with.Budget), isCaseSensitive),
            with.Flag(0, "reverse", absent: false), with.Budget);
    }

    /// <summary>The items without repetitions, each where it came first.</summary>
    public static object? Unique(object? value, Arguments with)
    {
        var isCaseSensitive = with.Flag(0, "case_sensitive", absent: false);
        var attribute = with.At(1, "attribute");
        return PythonValue.Items(value, with.Budget).DistinctBy(
            item => Caseless(
                attribute is null ? item : SelectionFilters.Path(item, attribute, with.Budget), isCaseSensitive),
            PythonEquality.Instance).ToList();
    }

    /// <summary>Lists of so many items; the last is filled up on request.</summary>
    public static object? Batch(object? value, Arguments with)
    {
        var size = with.Whole(0, "linecount", 0);
        if (size <= 0)
        {
            throw with.Budget.Error($"expected a batch of at least one item, got {size}");
        }

        var batches = PythonValue.Items(value, with.Budget)
            .Chunk((int)Math.Min(size, int.MaxValue)).Select(chunk => chunk.ToList()).ToList();
        if (with.At(1, "fill_with") is { } filling && batches.Count > 0)
        {
            with.Budget.Size(size);
            batches[^1].AddRange(Enumerable.Repeat((object?)filling, (int)size - batches[^1].Count));
        }

        return batches.Cast<object?>().ToList();
    }

    /// <summary>The sum of all items, or of one attribute of them.</summary>
    public static object? Sum(object? value, Arguments with)
    {
        var attribute = with.At(0, "attribute");
        return PythonValue.Items(value, with.Budget)
            .Select(item => attribute is null ? item : SelectionFilters.Path(item, attribute, with.Budget))
            .Aggregate(with.At(1, "start", 0L), (sum, item) => Operators.Apply("+", sum, item, with.Budget));
    }

    /// <summary>The smallest (-1) or largest (1) item, or undefined.</summary>
    public static object? Extreme(object? value, Arguments with, int sign)
    {
        var isCaseSensitive = with.Flag(0, "case_sensitive", absent: false);
        var attribute = with.At(1, "attribute");
        var sorted = Sorted(
            PythonValue.Items(value, with.Budget),
            item => Caseless(
                attribute is null ? item : SelectionFilters.Path(item, attribute, with.Budget), isCaseSensitive),
            isReversed: sign > 0, with.Budget);
        return sorted.Count == 0 ? new Undefined("an item of an empty list") : sorted[0];
    }

    private static List<object?> Pairs(PythonDict dict) =>
        dict.Items.Select(item => (object?)new PythonTuple([item.Key, item.Value])).ToList();

    private static object? Caseless(object? value, bool isCaseSensitive) =>
        value is string text && !isCaseSensitive ? StringMethods.Lower(text) : value;

    private static List<object?> Sorted(
        List<object?> items, Func<object?, object?> key, bool isReversed, RenderBudget budget)
    {
        var order = Comparer<object?>.Create((left, right) => Operators.Order(left, right, budget));
        try
        {
            return (isReversed ? items.OrderByDescending(key, order) : items.OrderBy(key, order)).ToList();
        }
        catch (InvalidOperationException wrapping) when (wrapping.InnerException is { } cause)
        {
            // The sort wraps what the comparison throws.
            ExceptionDispatchInfo.Throw(cause);
            throw;
        }
    }
}
