using System.Text.Json;

namespace Gaudi.Actors.Text;

/// <summary>One value inside tokenizer.json together with its path, so that every error can name the place.</summary>
internal readonly record struct JsonSection(JsonElement Element, string Path)
{
    /// <summary>True when the value is absent or null.</summary>
    public bool IsNull => Element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    /// <summary>The member of that name, or a null section when it is absent.</summary>
    public JsonSection this[string name]
    {
        get
        {
            if (Element.ValueKind != JsonValueKind.Object)
            {
                throw Wrong("an object");
            }

            return new JsonSection(Element.TryGetProperty(name, out var member) ? member : default, $"{Path}.{name}");
        }
    }

    /// <summary>The `type` of a pipeline part.</summary>
    public string Type => this["type"].Text();

    /// <summary>The value as text.</summary>
    public string Text() => Element.ValueKind == JsonValueKind.String ? Element.GetString()! : throw Wrong("a string");

    /// <summary>The value as text, or null when it is absent.</summary>
    public string? TextOrNull() => IsNull ? null : Text();

    /// <summary>The value as exactly one character.</summary>
    public char Character()
    {
        var text = Text();
        return text.Length == 1 ? text[0] : throw Wrong("one character of the basic plane");
    }

    /// <summary>The value as a whole number.</summary>
    public int Number() => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out var number)
        ? number
        : throw Wrong("a whole number of 32 bits");

    /// <summary>The value as a whole number of zero or more, as token ids are.</summary>
    public int TokenId() => Number() is >= 0 and var id ? id : throw Wrong("a token id of zero or more");

    /// <summary>The value as a real number.</summary>
    public double Real() => Element.ValueKind == JsonValueKind.Number ? Element.GetDouble() : throw Wrong("a number");

    /// <summary>The value as true or false, or <paramref name="absent"/> when it is not there.</summary>
    public bool Flag(bool absent) => Element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Undefined or JsonValueKind.Null => absent,
        _ => throw Wrong("true or false"),
    };

    /// <summary>The elements of an array.</summary>
    public IEnumerable<JsonSection> Items()
    {
        if (Element.ValueKind != JsonValueKind.Array)
        {
            throw Wrong("an array");
        }

        var path = Path;
        return Element.EnumerateArray().Select((item, index) => new JsonSection(item, $"{path}[{index}]"));
    }

    /// <summary>The members of an object, in file order.</summary>
    public IEnumerable<(string Name, JsonSection Value)> Members()
    {
        if (Element.ValueKind != JsonValueKind.Object)
        {
            throw Wrong("an object");
        }

        var path = Path;
        return Element.EnumerateObject()
            .Select(member => (member.Name, new JsonSection(member.Value, $"{path}.{member.Name}")));
    }

    /// <summary>The error that says what was expected here and what came.</summary>
    public TokenizerFormatException Wrong(string expected) => new(
        $"{Path}: expected {expected}, got {Shown()}. Correct the file or take it again from the model's publisher.");

    /// <summary>The error for a `type` this engine does not know.</summary>
    public TokenizerFormatException UnknownType(params string[] supported) => new(
        $"{Path}.type: \"{Type}\" is not supported; supported: {string.Join(", ", supported)}. "
        + "Convert the tokenizer to one of these.");

    private string Shown()
    {
        if (Element.ValueKind == JsonValueKind.Undefined)
        {
            return "nothing";
        }

        var raw = Element.GetRawText();
        return raw.Length <= 60 ? raw : $"{raw[..60]}...";
    }
}
