using System.Collections.Immutable;
using System.Text.Json;

namespace Gaudi.Actors.Constraints;

/// <summary>The texts that a constraint allows, over bytes, for any vocabulary. Immutable; any thread.</summary>
/// <remarks>
/// From every place in it the end can be reached: what could never end is not in it. Rules may hold themselves, so JSON nests
/// without limit.
/// </remarks>
public sealed class OutputGrammar
{
    private const int TextCharsMax = 1_000_000;

    private OutputGrammar(int start, ImmutableArray<GrammarNode> nodes) => (Start, Nodes) = (start, nodes);

    /// <summary>The node at which a text begins.</summary>
    internal int Start { get; }

    /// <summary>Places in it.</summary>
    internal ImmutableArray<GrammarNode> Nodes { get; }

    /// <summary>Reads a constraint.</summary>
    /// <exception cref="ConstraintFormatException">Broken, not supported, impossible or too large.</exception>
    public static OutputGrammar Compile(OutputConstraint constraint)
    {
        if (constraint.Text.Length > TextCharsMax)
            throw new ConstraintFormatException(
                $"the constraint has {constraint.Text.Length} characters; at most {TextCharsMax} are taken");
        var form = constraint.Kind switch
        {
            ConstraintKind.JsonObject => JsonForms.Object,
            ConstraintKind.JsonSchema => new SchemaCompiler(Parse(constraint.Text, "the schema")).Compile(),
            ConstraintKind.Regex => new RegexParser(new PlainText()).Whole(constraint.Text, "the expression"),
            ConstraintKind.Choice => Choice(Parse(constraint.Text, "the choice")),
            _ => throw new System.Diagnostics.UnreachableException($"constraint kind {constraint.Kind}"),
        };
        var laws = new FormLaws(form);
        if (!laws.IsProductive(form))
            throw new ConstraintFormatException("the constraint allows no text at all: something in it excludes everything, or never ends");
        var builder = new GrammarBuilder(laws);
        var start = builder.Build(form);
        return new OutputGrammar(start, [.. builder.Nodes]);
    }

    private static JsonElement Parse(string text, string name)
    {
        try
        {
            var root = JsonElement.Parse(text);
            CheckText(root);
            return root;
        }
        catch (JsonException broken)
        {
            throw new ConstraintFormatException($"{name} is no JSON: {broken.Message}");
        }
        catch (InvalidOperationException)
        {
            throw new ConstraintFormatException($"{name} has half of a surrogate pair in a string");
        }
    }

    // Half of a surrogate pair can be written in JSON, but is no text: found here once, and nowhere after.
    private static void CheckText(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String: value.GetString(); break;
            case JsonValueKind.Array:
                foreach (var one in value.EnumerateArray())
                    CheckText(one);
                break;
            case JsonValueKind.Object:
                foreach (var one in value.EnumerateObject())
                {
                    _ = one.Name;
                    CheckText(one.Value);
                }
                break;
        }
    }

    private static Form Choice(JsonElement choices)
    {
        if (choices.ValueKind != JsonValueKind.Array || choices.GetArrayLength() == 0
            || choices.EnumerateArray().Any(one => one.ValueKind != JsonValueKind.String || one.GetString()!.Length == 0))
            throw new ConstraintFormatException("the choice is no array of at least one text that is not empty");
        return Form.Any([.. choices.EnumerateArray().Select(one => one.GetString()!).Distinct(StringComparer.Ordinal).Select(Form.Text)]);
    }
}
