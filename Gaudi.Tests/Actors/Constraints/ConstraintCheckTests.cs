using Gaudi.Actors.Constraints;
using Xunit;

namespace Gaudi.Tests.Actors.Constraints;

/// <summary>What was decided about a constraint is remembered, but no long text is held.</summary>
public sealed class ConstraintCheckTests
{
    private readonly List<OutputConstraint> _decided = [];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(64 * 1024, 1)]
    [InlineData((64 * 1024) + 1, 3)]
    [InlineData(1_000_001, 3)]
    public void Refusal_is_decided_once_where_the_text_is_short(int charCount, int decisionCount)
    {
        var check = Check();
        for (var i = 0; i < 3; i++)
            Assert.Equal($"no {charCount}", check.Refusal(Forms.Regex(new string('a', charCount))));
        Assert.Equal(decisionCount, _decided.Count);
    }

    [Fact]
    public void Refusal_tells_constraints_apart_by_kind_and_text()
    {
        var check = Check();
        OutputConstraint[] constraints = [Forms.Regex("[1]"), Forms.Choice("[1]"), Forms.Regex("[2]")];
        foreach (var constraint in constraints.Concat(constraints))
            check.Refusal(constraint);
        Assert.Equal(constraints, _decided);
    }

    [Fact]
    public void Refusal_begins_anew_after_a_thousand_constraints()
    {
        var check = Check();
        for (var i = 0; i < 1001; i++)
            check.Refusal(Forms.Regex($"{i}"));
        check.Refusal(Forms.Regex("1000"));
        Assert.Equal(1001, _decided.Count);
        check.Refusal(Forms.Regex("0"));
        Assert.Equal(1002, _decided.Count);
    }

    [Theory]
    [InlineData("[0-9]{3}")]
    [InlineData("(")]
    [InlineData("((a{1000}){1000}){1000}")]
    public async Task Refusal_of_the_compiler_is_what_compiling_says(string expression)
    {
        var compiler = new ConstraintCompiler(Forms.Tokenizer);
        var compiled = await compiler.CompileAsync(Forms.Regex(expression));
        Assert.Equal(compiled.Refusal, compiler.Refusal(Forms.Regex(expression)));
        Assert.Equal(compiled.Refusal, Forms.Refusal(Forms.Regex(expression)));
        Assert.Equal(compiled.Refusal is null, compiled.Automaton is not null);
    }

    private ConstraintCheck Check() => new(constraint =>
    {
        _decided.Add(constraint);
        return $"no {constraint.Text.Length}";
    });
}
